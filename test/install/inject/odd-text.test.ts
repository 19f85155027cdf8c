/** YAML of every kind: what kubectl can read is injected, and what nobody can read is said, never thrown (R44). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { valueAt } from '../../../src/platform/text/json-value.ts';
import { DEFAULTS, DEPLOYMENT, FRR_K8S, inject, listOf, SPEAKER } from './manifests.ts';

function replaced(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, to);
  assert.notEqual(result, text);
  return result;
}

/** Which objects of `text` were injected, and that all of it is taken out again exactly. */
function injectedIn(text: string): string[] {
  const result = inject(text, DEFAULTS);
  assert.deepEqual(result.problems, []);
  assert.equal(uninject(result.text, DEFAULTS.choice).text, text);
  return result.touched.map(({ object }) => object);
}

function problemsIn(text: string): string[] {
  const result = inject(text, DEFAULTS);
  assert.equal(result.text, text);
  return result.problems.map(({ document, object, message }) =>
    [document, object, message].filter((part) => part !== undefined).join(': '),
  );
}

const THE_SPEAKER = 'DaemonSet metallb-system/speaker';
const withEnv = (lines: readonly string[]) =>
  replaced(SPEAKER, '        - name: METALLB_HOST\n', `${lines.join('\n')}\n        - name: METALLB_HOST\n`);

describe('aliases', () => {
  test('may be used as often as a manifest needs', () => {
    const uses = Array.from({ length: 400 }, (_, index) => `        - { name: V${index}, value: *v }`);
    const text = withEnv(['        - { name: V, value: &v some }', ...uses]);
    assert.deepEqual(injectedIn(text), [THE_SPEAKER]);
  });

  test('that refer to nothing are told of', () => {
    assert.deepEqual(problemsIn(withEnv(['        - { name: V, value: *v }'])), [
      '1: the alias *v has no anchor &v before it',
    ]);
  });

  test('that stand in what they refer to are told of', () => {
    assert.deepEqual(problemsIn(withEnv(['        - &v { name: V, value: *v }'])), [
      '1: the alias *v is inside of what it refers to',
    ]);
  });

  test('that stand for more than memory holds are told of, and quickly', () => {
    const bomb = Array.from({ length: 60 }, (_, index) => {
      const refers = index === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${index - 1}`).join(', ');
      return `x${index}: &a${index} [${refers}]`;
    });
    assert.deepEqual(problemsIn(`${bomb.join('\n')}\n${SPEAKER}`), [
      '1: its aliases expand to too much text: write some of them out',
    ]);
  });

  test('of a document that holds no workload are nobody’s business', () => {
    const other = 'kind: ConfigMap # beside a DaemonSet\ndata: *nothing\n';
    assert.deepEqual(injectedIn(`${other}---\n${SPEAKER}`), [THE_SPEAKER]);
  });
});

test('what is nested too deeply is told of', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  assert.deepEqual(problemsIn(`${SPEAKER}x: ${deep}\n`), ['1: it is nested too deeply']);
});

describe('a byte order mark', () => {
  const withMark = `\ufeff${SPEAKER}`;
  for (const [name, text] of Object.entries({
    'behind a marker': `---\n${withMark}`,
    'behind a marker with a comment': `kind: X\n--- # next\n# file 2\n\n${withMark}`,
    'before a marker': `kind: X\n\ufeff---\n${SPEAKER}`,
    'in each of two files put together': `\ufeffkind: X\n---\n${withMark}`,
    twice: `\ufeff---\n${withMark}`,
  }))
    test(`${name} hides no workload`, () => {
      assert.deepEqual(injectedIn(text), [THE_SPEAKER]);
    });

  test('inside of a document is told of', () => {
    assert.deepEqual(problemsIn(replaced(SPEAKER, 'kind: DaemonSet', '\ufeffkind: DaemonSet')), [
      '1: it contains a byte order mark: remove it',
    ]);
  });
});

test('a kind that is written with escapes hides no workload', () => {
  for (const kind of ['"Daemon\\x53et"', '"\\u0044aemonSet"', '"Daemon\\\n  Set"'])
    assert.deepEqual(injectedIn(replaced(SPEAKER, 'kind: DaemonSet', `kind: ${kind}`)), [THE_SPEAKER], kind);
  const json = replaced(JSON.stringify(parse(SPEAKER)), '"kind":"DaemonSet"', '"kind":"\\u0044aemonSet"');
  assert.deepEqual(injectedIn(json), [THE_SPEAKER]);
});

test('booleans are those of kubectl, which reads YAML 1.1', () => {
  for (const word of ['yes', 'Y', 'on', 'TRUE']) {
    const { text, touched } = inject(
      replaced(SPEAKER, 'hostNetwork: true', `hostNetwork: ${word}`),
      DEFAULTS,
    );
    assert.equal(touched[0]?.sidecar?.isHostNetwork, true, word);
    assert.match(text, /host: "127\.0\.0\.1"\n/, word);
  }
  for (const word of ['no', 'n', 'Off', '"yes"']) {
    const { touched } = inject(replaced(SPEAKER, 'hostNetwork: true', `hostNetwork: ${word}`), DEFAULTS);
    assert.equal(touched[0]?.sidecar?.isHostNetwork, false, word);
  }
});

describe('a key that stands twice', () => {
  const twice = (text: string) => replaced(text, 'metadata:\n', 'metadata:\n  name: a\n');

  test('refuses no other document than its own', () => {
    const other = replaced(
      replaced(DEPLOYMENT, "name: 'watcher'", "name: 'watcher'\n    name: x"),
      'inject: "true"',
      'x: "true"',
    );
    assert.deepEqual(injectedIn(`${other}---\n${SPEAKER}`), [THE_SPEAKER]);
    const configMap = 'kind: ConfigMap # of a DaemonSet\na: 1\na: 2\n';
    assert.deepEqual(injectedIn(`${configMap}---\n${SPEAKER}`), [THE_SPEAKER]);
  });

  test('in one that is chosen is told of', () => {
    const [problem = ''] = problemsIn(`kind: X\n---\n${twice(SPEAKER)}`);
    assert.match(
      problem,
      /^2: DaemonSet metallb-system\/speaker: line \d+ of it cannot be read: Map keys must/,
    );
  });
});

test('syntax errors in a document of another kind are nobody’s business', () => {
  const other = 'kind: ConfigMap\ndata:\n  x: "a DaemonSet\n';
  assert.deepEqual(injectedIn(`${other}---\n${SPEAKER}`), [THE_SPEAKER]);
});

describe('a list of many workloads', () => {
  test('names the one in it that stands in the way', () => {
    const list = stringify(listOf(30)).replace(/w16[^]*?env:\n/, (all) => `${all.slice(0, -1)} &e\n`);
    const text = `${list}x: *e\n`;
    const problems = problemsIn(text);
    assert.equal(problems.length, 1);
    assert.match(
      problems.join(),
      /^1: DaemonSet metallb-system\/w16: .*is used elsewhere too, by its anchor &e/,
    );
  });

  test('keeps the exactness of all where one record was changed by somebody', () => {
    const items = Array.from({ length: 5 }, (_, index) =>
      replaced(FRR_K8S, 'name: frr-k8s-daemon', `name: w${index}`),
    );
    const injected = inject(items.join('---\n'), DEFAULTS).text;
    const list = `kind: List\napiVersion: v1\nitems:\n${items.map((item) => `-\n${item.replace(/^/gm, '  ').trimEnd()}\n`).join('')}`;
    assert.ok(injected.length > 0);
    const once = inject(list, DEFAULTS);
    assert.deepEqual(once.problems, []);
    const changed = replaced(once.text, `": []"`, `": [{name: EVIL}]"`);
    const restored = uninject(changed, DEFAULTS.choice);
    assert.deepEqual(restored.problems, []);
    const values: unknown = parse(restored.text);
    for (const index of [1, 2, 3, 4])
      assert.deepEqual(valueAt(values, ['items', index]), parse(items[index] ?? ''), String(index));
    assert.doesNotMatch(restored.text, /EVIL/);
  });
});
