import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { listAt, textAt, valueAt } from '../../../src/platform/text/json-value.ts';
import {
  DEFAULTS,
  DEPLOYMENT,
  FRR_K8S,
  inject,
  type InjectOptions,
  JSON_LIST,
  SPEAKER,
  withoutVoids,
} from './manifests.ts';

const ALL = DEFAULTS.choice;

/** Injects where nothing may stand in the way. */
function injected(text: string, options: Partial<InjectOptions> = {}): string {
  const result = inject(text, { ...DEFAULTS, ...options });
  assert.deepEqual(result.problems, []);
  assert.ok(result.touched.length > 0, 'something is injected');
  return result.text;
}

/** The lines that are in `after` and not in `before`, which must all be there in their order. */
function addedLines(before: string, after: string): string[] {
  const rest = before.split('\n');
  const added = after.split('\n').filter((line) => {
    if (line !== rest[0]) return true;
    rest.shift();
    return false;
  });
  assert.deepEqual(rest, [], 'every line of the manifest is still there');
  return added;
}

function assertRestored(text: string, options: Partial<InjectOptions> = {}): void {
  const once = injected(text, options);
  assert.notEqual(once, text);
  assert.equal(injected(once, options), once, 'twice is once');
  const restored = uninject(once, ALL);
  assert.deepEqual(restored.problems, []);
  assert.equal(restored.text, text, 'byte for byte');
}

describe('inject (R44)', () => {
  test('adds whole lines to a plain manifest and changes none', () => {
    const added = addedLines(SPEAKER, injected(SPEAKER));
    assert.deepEqual(added.slice(0, 12), [
      '  annotations:',
      `    watchsieve.dev/injected: '{"container":"speaker","defaultContainer":true}'`,
      '        kubectl.kubernetes.io/default-container: speaker',
      '      initContainers:',
      '      - name: watchsieve',
      '        image: example.org/watchsieve:1.2.3',
      '        imagePullPolicy: IfNotPresent',
      '        restartPolicy: Always',
      '        args:',
      '        - serve',
      '        env:',
      '        - name: POD_IP',
    ]);
    assert.equal(added.filter((line) => line.includes('#')).length, 0);
  });

  test('puts what it adds under the comments and in the indentation of who wrote the file', () => {
    const text = injected(DEPLOYMENT);
    const above = text.indexOf('# what runs');
    assert.match(text.slice(0, above), /spec:\n {12}initContainers:\n {16}- name: watchsieve\n {18}image: /);
    assert.match(text.slice(0, above), / {18}resources:\n {22}requests:\n {26}cpu: 50m\n/);
    assert.match(text, /template:\n {8}metadata:\n {12}annotations:\n {16}kubectl/);
    assert.match(text, /# the client\n {16}- env:\n {22}- name: KUBECONFIG\n/);
    assert.match(text, /\n {18}name: watcher\n {12}# nothing else\n$/, 'the dash is now that of env');
  });

  test('restores every shape byte for byte, twice is once, in both variants', () => {
    for (const variant of ['native', 'ordinary'] as const)
      for (const text of [SPEAKER, FRR_K8S, DEPLOYMENT, JSON_LIST]) assertRestored(text, { variant });
  });

  test('restores whatever the layout', () => {
    const layouts: Record<string, string> = {
      'windows line ends': SPEAKER.replaceAll('\n', '\r\n'),
      'no line end at the end': SPEAKER.trimEnd(),
      'a null at the very end': FRR_K8S.trimEnd(),
      'a byte order mark': `\ufeff${SPEAKER}`,
      'document markers': `---\n# Source: chart/templates/x.yaml\n${SPEAKER}...\n---\n${SPEAKER.replace('name: speaker\n  namespace', 'name: other\n  namespace')}`,
      directives: `%YAML 1.2\n---\n${SPEAKER}`,
      'a tilde': SPEAKER.replace('      hostNetwork', '      initContainers: ~ # none\n      hostNetwork'),
      'an empty flow list with a comment in it': FRR_K8S.replace('env: []', 'env: [ # none\n          ]'),
      'flow lists': SPEAKER.replace(
        /volumes:[^]*/,
        'volumes: [{ configMap: { name: x }, name: metallb-excludel2, }, ]\n',
      ),
      'a flow container': SPEAKER.replace(
        / {6}containers:[^]*? {6}hostNetwork/,
        '      containers: [ {name: speaker, image: quay.io/metallb/speaker:v0.16.1, env: } ] # one\n      hostNetwork',
      ),
      'a block scalar that keeps its line breaks': SPEAKER.replace(
        '      - args:\n        - --port=7472\n        env',
        '      - args:\n        - |+\n          # no comment\n\n        env',
      ),
      'an element behind an empty dash': SPEAKER.replace(
        '      - args:\n',
        '      -\n        # first\n        args:\n',
      ),
      'an explicit key': SPEAKER.replace('      volumes:\n', '      ? volumes\n      :\n'),
      'an anchor that nothing refers to': SPEAKER.replace('volumes:', 'volumes: &v'),
      'quoted keys': SPEAKER.replace('containers:', '"containers":').replace('env:', "'env' :"),
      'minified json': JSON.stringify(parse(JSON_LIST)),
      'json with tabs': JSON.stringify(parse(SPEAKER), null, '\t'),
      'json on a marker line': `--- ${JSON.stringify(parse(SPEAKER))}\n`,
      'everything empty': SPEAKER.replace(/ {6}annotations:\n.*\n/, '      annotations: {}\n').replace(
        / {8}env:\n[^]*? {8}image/,
        '        env: null\n        image',
      ),
    };
    for (const [name, text] of Object.entries(layouts)) {
      assert.ok(![SPEAKER, FRR_K8S, JSON_LIST].includes(text), `${name} is another text`);
      try {
        assertRestored(text);
      } catch (error) {
        throw new Error(`with ${name}`, { cause: error });
      }
    }
  });

  test('starts the proxy first, whatever else there is', () => {
    const frr: unknown = parse(injected(FRR_K8S));
    const names = (root: unknown, list: string) =>
      listAt(root, 'spec', 'template', 'spec', list).map((item) => textAt(item, 'name'));
    assert.deepEqual(names(frr, 'initContainers'), ['watchsieve', 'cp-reloader']);
    const ordinary: unknown = parse(injected(FRR_K8S, { variant: 'ordinary' }));
    assert.deepEqual(names(ordinary, 'initContainers'), ['watchsieve-init', 'cp-reloader']);
    assert.deepEqual(names(ordinary, 'containers'), ['watchsieve', 'frr', 'controller']);
  });

  test('other flags bring an injected manifest up to date', () => {
    const old = injected(SPEAKER, { image: 'old:1', variant: 'ordinary', preset: 'heartbeat' });
    const result = inject(old, DEFAULTS);
    assert.equal(result.touched[0]?.outcome, 'updated');
    assert.equal(result.text, injected(SPEAKER));
    assert.equal(inject(result.text, DEFAULTS).touched[0]?.outcome, 'unchanged');
  });

  test('passes every other document as it is, readable or not', () => {
    const other = `---\na: {{ .Values.x }}\n---\n\tnonsense: [\n`;
    const text = `${other}---\n${SPEAKER}`;
    assert.equal(injected(text), `${other}---\n${injected(SPEAKER)}`);
    assert.equal(inject(other, DEFAULTS).text, other);
  });

  test('leaves what a user changed elsewhere, and takes only ours out', () => {
    const edited = injected(SPEAKER)
      .replace('v0.14.5', 'v0.15.2')
      .replace('hostNetwork', '# net\n      hostNetwork');
    assert.equal(
      uninject(edited, ALL).text,
      SPEAKER.replace('v0.14.5', 'v0.15.2').replace('hostNetwork', '# net\n      hostNetwork'),
    );
  });
});

describe('uninject of what other programs wrote anew (R44)', () => {
  const MANIFESTS = [SPEAKER, FRR_K8S, DEPLOYMENT];

  test('removes by name what came back from JSON, kubectl or kustomize', () => {
    for (const variant of ['native', 'ordinary'] as const)
      for (const text of MANIFESTS)
        for (const rewrite of [
          (value: unknown) => JSON.stringify(value, null, 2),
          (value: unknown) => stringify(value, { sortMapEntries: true }),
          (value: unknown) => stringify(value, { indentSeq: false, collectionStyle: 'flow' }),
        ]) {
          const { text: restored, problems } = uninject(rewrite(parse(injected(text, { variant }))), ALL);
          assert.deepEqual(problems, []);
          assert.deepEqual(withoutVoids(parse(restored)), withoutVoids(parse(text)));
        }
  });

  test('leaves JSON that was YAML before as JSON: no bare null of then is put back', () => {
    const json = JSON.stringify(parse(injected(FRR_K8S)), null, 2);
    assert.match(json, /replaced[^]*volumes\\":\\":\\"/);
    const restored: unknown = JSON.parse(uninject(json, ALL).text);
    assert.deepEqual(withoutVoids(restored), withoutVoids(parse(FRR_K8S)));
  });

  test('needs no annotation, as with the kustomize component', () => {
    const bare = injected(SPEAKER)
      .replace(/ {2}annotations:\n {4}watchsieve.*\n/, '')
      .replace(/ {8}kubectl.*\n/, '');
    assert.doesNotMatch(bare, /watchsieve\.dev|kubectl/);
    assert.equal(uninject(bare, ALL).text, SPEAKER);
    assert.equal(injected(bare), injected(SPEAKER), 'inject takes it over');
  });

  test('takes ours from the end of lists too, down to a missing line end', () => {
    const value: unknown = parse(injected(SPEAKER));
    const podSpec = valueAt(value, ['spec', 'template', 'spec']);
    for (const list of [valueAt(podSpec, ['volumes']), valueAt(podSpec, ['containers', 0, 'env'])])
      if (Array.isArray(list)) list.reverse();
    for (const text of [stringify(value).trimEnd(), JSON.stringify(value)])
      assert.deepEqual(parse(uninject(text, ALL).text), parse(SPEAKER));
  });

  test('restores nothing but empty values, whatever a record says', () => {
    const text = injected(FRR_K8S).replace(`": []"`, `": [{name: EVIL}]"`);
    assert.match(text, /EVIL/);
    const restored = uninject(text, ALL);
    assert.deepEqual(restored.problems, []);
    assert.doesNotMatch(restored.text, /EVIL/);
    assert.match(injected(FRR_K8S).replace(/injected: .*/, 'injected: nonsense'), /nonsense/);
    const broken = uninject(injected(FRR_K8S).replace(/injected: .*/, 'injected: nonsense'), ALL);
    assert.deepEqual(withoutVoids(parse(broken.text)), withoutVoids(parse(FRR_K8S)));
  });

  test('leaves a container alone that only has the name', () => {
    const text = SPEAKER.replace(
      '      - args:',
      '      - name: watchsieve\n        image: other\n      - args:',
    );
    const { text: after, touched, problems } = uninject(text, ALL);
    assert.deepEqual({ after, touched, problems }, { after: text, touched: [], problems: [] });
  });
});
