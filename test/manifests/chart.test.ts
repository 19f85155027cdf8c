/** The Helm charts as far as they can be judged without Helm: schema, values, README and templates agree. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv, type AnySchema } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { httpsUrls } from '../../src/config/kinds.ts';
import { gatherSettings, namedResources } from '../../src/config/gather.ts';
import { parseSettings, settle } from '../../src/config/parse-settings.ts';
import { builtInsFor } from '../../src/core/resource/built-in.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { parsePort } from '../../src/install/inject/plan.ts';
import { parseAmounts } from '../../src/install/inject/resources.ts';
import { parseLabelSelector } from '../../src/install/inject/selector.ts';
import { VARIANTS } from '../../src/install/inject/hub-alone.ts';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { entriesAt, listAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import { type Chart, chartFile, chartFolder, templates } from '../support/webhook-manifests.ts';

const TABLE = /(?<=<!-- values -->\n)[\s\S]*(?=<!-- \/values -->)/;

interface Leaf {
  readonly path: readonly string[];
  readonly schema: unknown;
}

/** What has a description is a value; everything above only groups. */
function leavesOf(group: unknown, path: readonly string[] = []): readonly Leaf[] {
  return entriesAt(group, 'properties').flatMap(([key, property]) =>
    valueAt(property, 'description') === undefined
      ? leavesOf(property, [...path, key])
      : [{ path: [...path, key], schema: property }],
  );
}

function isSchema(value: unknown): value is AnySchema {
  return typeof value === 'object' && value !== null;
}

/** What is read of a chart. */
function read(name: Chart) {
  const schema = parseJson(chartFile('values.schema.json', name));
  const values: unknown = parse(chartFile('values.yaml', name));
  const leaves = leavesOf(schema).filter(({ path }) => path[0] !== 'global');
  assert.ok(isSchema(schema));
  const isValid = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(schema);
  /** Whether the defaults are, with this in place of one of them. */
  const isValidWith = (path: string, value: unknown) => {
    const [first = '', second] = path.split('.');
    const group = Object.fromEntries(entriesAt(values, first));
    const inner = second === undefined ? value : { ...group, [second]: value };
    return isValid({ ...Object.fromEntries(entriesAt(values)), [first]: inner });
  };
  const choices = (path: string) =>
    valueAt(leaves.find((leaf) => leaf.path.join('.') === path)?.schema, 'enum');
  return { schema, values, leaves, isValid, isValidWith, choices };
}

/** The text of the comment right above each key of values.yaml, by path. */
function commentsOf(text: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  let comment: string[] = [];
  let group = '';
  for (const line of text.split('\n')) {
    const [, indent = '', key] = /^( *)([a-zA-Z]+):/.exec(line) ?? [];
    const said = /^ *# (.*)$/.exec(line)?.[1];
    if (said !== undefined) comment.push(said);
    else {
      if (key !== undefined && indent.length <= 2) {
        if (indent === '') group = key;
        comments.set(indent === '' ? key : `${group}.${key}`, comment.join(' '));
      }
      comment = [];
    }
  }
  return comments;
}

function tableOf({ leaves, values }: ReturnType<typeof read>): string {
  const rows = leaves.map(({ path, schema: leaf }) => {
    const value = JSON.stringify(valueAt(values, ...path));
    return `| \`${path.join('.')}\` | \`${value.replaceAll('|', '\\|')}\` | ${textAt(leaf, 'description')} |`;
  });
  return ['', '| value | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** Something that a chart could have, and does not. */
const NOT_VALUES: Readonly<Record<Chart, readonly string[]>> = {
  'watchsieve-webhook': ['failurePolicy', 'caBundle', 'timeoutSeconds'],
  'watchsieve-hub': ['sidecar', 'args', 'hostNetwork'],
};

for (const name of ['watchsieve-webhook', 'watchsieve-hub'] as const) {
  const chart = read(name);
  const { schema, values, leaves, isValid } = chart;
  const readme = join(chartFolder(name), 'README.md');

  describe(`the chart ${name} (R34)`, () => {
    test('chart, program and package are one version', () => {
      const about: unknown = parse(chartFile('Chart.yaml', name));
      assert.equal(textAt(about, 'name'), name);
      assert.equal(textAt(about, 'version'), packageJson.version);
      assert.equal(textAt(about, 'appVersion'), packageJson.version);
    });

    test('the defaults are what the schema asks for, and it asks for all of them', () => {
      assert.ok(isValid(values), JSON.stringify(isValid.errors));
      assert.ok(!isValid({}));
      for (const { path } of leaves) assert.notEqual(valueAt(values, ...path), undefined, path.join('.'));
    });

    test('the schema knows no value that is not described, and refuses any other name', () => {
      const groups = [schema, ...entriesAt(schema, 'properties').map(([, property]) => property)].filter(
        (each) => valueAt(each, 'properties') !== undefined && valueAt(each, 'description') === undefined,
      );
      assert.ok(groups.length >= 5);
      for (const group of groups) {
        assert.equal(valueAt(group, 'additionalProperties'), false);
        const names = entriesAt(group, 'properties').map(([key]) => key);
        assert.deepEqual(
          listAt(group, 'required'),
          names.filter((key) => key !== 'global'),
        );
      }
      for (const { path, schema: leaf } of leaves)
        assert.match(textAt(leaf, 'description'), /\.$/, path.join('.'));
      assert.ok(isValid({ ...Object.fromEntries(entriesAt(values)), global: { registry: 'r' } }));
      for (const other of NOT_VALUES[name])
        assert.ok(!isValid({ ...Object.fromEntries(entriesAt(values)), [other]: 'Fail' }), other);
    });

    test('each comment in values.yaml is the description in the schema', () => {
      const comments = commentsOf(chartFile('values.yaml', name));
      for (const { path, schema: leaf } of leaves)
        assert.equal(comments.get(path.join('.')), textAt(leaf, 'description'), path.join('.'));
    });

    test('README.md lists every value with its default; UPDATE_DOCS=1 writes it (R33)', async () => {
      const text = readFileSync(readme, 'utf8');
      assert.match(text, TABLE);
      const options = await resolveConfig(readme);
      const right = await format(
        text.replace(TABLE, () => tableOf(chart)),
        { ...options, parser: 'markdown' },
      );
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(readme, right);
      assert.equal(readFileSync(readme, 'utf8'), right);
    });

    test('the templates use every value, and none that there is not', () => {
      const text = [...templates(name).values()].join('\n').replaceAll('{{- with .Values.sidecar }}', '');
      const used = new Set([...text.matchAll(/\.Values\.([a-zA-Z.]+)/g)].map(([, path = '']) => path));
      // Those of the sidecar are read below `with .Values.sidecar`.
      const deployment = templates(name).get('deployment.yaml') ?? '';
      const below = /\{\{- with \.Values\.sidecar \}\}([\s\S]*?)\{\{- with \.Values\.logLevel \}\}/.exec(
        deployment,
      )?.[1];
      for (const [, key = ''] of (below ?? '').matchAll(/(?:if|with|range) \.(\w+) /g))
        used.add(`sidecar.${key}`);
      assert.deepEqual([...used].sort(), leaves.map(({ path }) => path.join('.')).sort());
    });

    test('what a Pod may take is refused where the API server would refuse it later', () => {
      for (const tag of ['-x', '.x']) assert.ok(!chart.isValidWith('image.tag', tag), tag);
      for (const cpu of ['foo', '1x', '-1', 'm'])
        assert.ok(!chart.isValidWith('resources.limits', { cpu }), cpu);
      assert.ok(chart.isValidWith('resources.limits', { cpu: 1, memory: '64Mi' }));
      assert.deepEqual(chart.choices('logLevel'), ['', ...SETTINGS.logLevel.kind.label.split('|')]);
    });
  });
}

describe('the chart of the webhook alone (R34)', () => {
  const { isValidWith, choices } = read('watchsieve-webhook');

  test('what can be chosen is what the program takes', () => {
    assert.deepEqual(choices('sidecar.preset'), ['', ...PRESETS]);
    assert.deepEqual(choices('sidecar.variant'), ['', ...VARIANTS]);
    const withPort = (port: number) => isValidWith('sidecar.port', port);
    assert.ok(withPort(0));
    for (const port of [1023, 1024, 17_480, 65_523, 65_524])
      assert.equal(withPort(port), parsePort(`${port}`) !== undefined, `${port}`);
  });

  test('a variant without a sidecar needs one hub, and a client that reads KUBECONFIG', () => {
    const alone = { image: '', variant: 'hub-alone', preset: '', client: '', port: 0, container: '' };
    const sidecar = {
      ...alone,
      requests: {},
      limits: {},
      hub: { urls: ['https://10.0.0.1'] },
      selectors: [],
    };
    assert.ok(isValidWith('sidecar', sidecar));
    assert.ok(isValidWith('sidecar', { ...sidecar, client: 'kubeconfig' }));
    for (const wrong of [
      { hub: {} },
      { hub: { urls: ['https://10.0.0.1', 'https://10.0.0.2'] } },
      { client: 'in-cluster' },
    ]) {
      assert.ok(!isValidWith('sidecar', { ...sidecar, ...wrong }), JSON.stringify(wrong));
      assert.ok(isValidWith('sidecar', { ...sidecar, ...wrong, variant: 'native' }), JSON.stringify(wrong));
    }
  });

  test('what the API server or the program would refuse later is refused at once', () => {
    for (const text of ['app=one', 'app in (a, b), !x', 'a.b/c!=d', 'x>5', 'app notin (a)', '! x', 'a=,b'])
      assert.ok(isValidWith('sidecar.selectors', [text]) && parseLabelSelector(text), text);
    for (const text of ['app=one,', 'app in (a', 'app in a', 'a/b/c=d', 'app===', '=app', 'x>y', '-a', ''])
      assert.ok(!isValidWith('sidecar.selectors', [text]) && !parseLabelSelector(text), text);
    const hub = (...urls: readonly string[]) => ({ urls });
    for (const url of ['https://10.0.0.1', 'https://[fd00::1]:6444/', 'https://hub.example.svc/for/labels'])
      assert.ok(isValidWith('sidecar.hub', hub(url)) && httpsUrls.parse(url), url);
    for (const url of ['http://10.0.0.1', 'https://', 'https://a?b', 'https://u:p@a', 'https://a,https://b'])
      assert.ok(!isValidWith('sidecar.hub', hub(url)), url);
    for (const wrong of [hub(), { serverName: 'a' }, { ...hub('https://a'), caConfigMap: 'A' }])
      assert.ok(!isValidWith('sidecar.hub', wrong), JSON.stringify(wrong));
    for (const key of ['a/b/c', '/a', 'a-', '-a', 'A.b/c'])
      assert.ok(!isValidWith('namespaceLabel.key', key), key);
    for (const value of ['-x', 'x.']) assert.ok(!isValidWith('namespaceLabel.value', value), value);
    for (const cpu of ['foo', '1x', '-1', 'm'])
      assert.ok(!isValidWith('sidecar.limits', { cpu }) && !parseAmounts(`cpu=${cpu}`), cpu);
    assert.ok(isValidWith('sidecar.requests', { cpu: 1, memory: '64Mi' }));
  });
});

describe('the chart of the hub alone (R34)', () => {
  const { isValidWith, choices } = read('watchsieve-hub');

  test('what is shared, and how much, is what the program takes', async () => {
    assert.deepEqual(choices('preset'), ['', ...PRESETS]);
    const taken = async (names: readonly string[]) => {
      const others = names.filter((name) => name !== 'nodes');
      const argv = [
        '--share',
        names.map((name) => name.replace(/=.*/, '')).join(),
        ...(others.length === 0 ? [] : ['--resources', others.join()]),
      ];
      const gathered = gatherSettings({ argv, env: {}, readFile: () => undefined });
      return 'ok' in settle(gathered, await builtInsFor(namedResources(gathered)));
    };
    for (const names of [['nodes'], ['nodes', 'leases.coordination.k8s.io=content'], ['pods=content']])
      assert.ok(isValidWith('share', names) && (await taken(names)), names.join());
    for (const names of [['secrets'], ['secrets=content'], ['nodes=content'], ['Nodes'], ['a b'], ['-x'], []])
      assert.ok(!isValidWith('share', names) && !(await taken(names)), names.join());
    for (const [path, flag] of [
      ['limits.connections', 'max-connections'],
      ['limits.streams', 'max-streams'],
      ['limits.requests', 'max-requests'],
    ] as const)
      for (const value of [0, 1, 1_000_000, 1_000_001]) {
        const parsed = parseSettings({ argv: [`--${flag}`, `${value}`], env: {}, readFile: () => undefined });
        assert.equal(isValidWith(path, value), 'ok' in parsed, `${flag} ${value}`);
      }
    for (const size of ['512MiB', '2GiB']) assert.ok(isValidWith('limits.memoryBudget', size), size);
    for (const size of ['512M', '0MiB', '1.5GiB', 512]) assert.ok(!isValidWith('limits.memoryBudget', size));
    for (const name of ['A', 'a_b', '-a', 'a/b']) assert.ok(!isValidWith('tls.secretName', name), name);
    for (const address of ['10.96.0.20', 'fd00::20', ''])
      assert.ok(isValidWith('service.clusterIP', address));
    for (const address of ['None', 'hub', '10.96', '10.96.0.20.1'])
      assert.ok(!isValidWith('service.clusterIP', address));
  });
});
