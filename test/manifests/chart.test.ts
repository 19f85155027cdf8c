/** The webhook's Helm chart as far as it can be judged without Helm: schema, values, README and templates agree. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv, type AnySchema } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { httpsUrls } from '../../src/config/kinds.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { parsePort } from '../../src/install/inject/plan.ts';
import { parseAmounts } from '../../src/install/inject/resources.ts';
import { parseLabelSelector } from '../../src/install/inject/selector.ts';
import { VARIANTS } from '../../src/install/inject/sidecar.ts';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { entriesAt, listAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import { CHART, chartFile, templates } from '../support/webhook-manifests.ts';

const README = join(CHART, 'README.md');
const TABLE = /(?<=<!-- values -->\n)[\s\S]*(?=<!-- \/values -->)/;
const schema = parseJson(chartFile('values.schema.json'));
const values: unknown = parse(chartFile('values.yaml'));

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

const leaves = leavesOf(schema).filter(({ path }) => path[0] !== 'global');

function isSchema(value: unknown): value is AnySchema {
  return typeof value === 'object' && value !== null;
}

function compile() {
  assert.ok(isSchema(schema));
  return new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(schema);
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

function tableOf(): string {
  const rows = leaves.map(({ path, schema: leaf }) => {
    const value = JSON.stringify(valueAt(values, ...path));
    return `| \`${path.join('.')}\` | \`${value.replaceAll('|', '\\|')}\` | ${textAt(leaf, 'description')} |`;
  });
  return ['', '| value | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

describe('the chart of the webhook (R34)', () => {
  test('chart, program and package are one version', () => {
    const chart: unknown = parse(chartFile('Chart.yaml'));
    assert.equal(textAt(chart, 'version'), packageJson.version);
    assert.equal(textAt(chart, 'appVersion'), packageJson.version);
  });

  test('the defaults are what the schema asks for, and it asks for all of them', () => {
    const isValid = compile();
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
    const isValid = compile();
    assert.ok(isValid({ ...Object.fromEntries(entriesAt(values)), global: { registry: 'r' } }));
    for (const name of ['failurePolicy', 'caBundle', 'timeoutSeconds'])
      assert.ok(!isValid({ ...Object.fromEntries(entriesAt(values)), [name]: 'Fail' }), name);
  });

  test('what can be chosen is what the program takes', () => {
    const choices = (...path: string[]) =>
      valueAt(leaves.find((leaf) => leaf.path.join('.') === path.join('.'))?.schema, 'enum');
    assert.deepEqual(choices('sidecar', 'preset'), ['', ...PRESETS]);
    assert.deepEqual(choices('sidecar', 'variant'), ['', ...VARIANTS]);
    assert.deepEqual(choices('logLevel'), ['', ...SETTINGS.logLevel.kind.label.split('|')]);
    const isValid = compile();
    const withPort = (port: number) => {
      const sidecar = { ...Object.fromEntries(entriesAt(values, 'sidecar')), port };
      return isValid({ ...Object.fromEntries(entriesAt(values)), sidecar });
    };
    assert.ok(withPort(0));
    for (const port of [1023, 1024, 17_480, 65_523, 65_524])
      assert.equal(withPort(port), parsePort(`${port}`) !== undefined, `${port}`);
  });

  test('what the API server or the program would refuse later is refused at once', () => {
    const isValid = compile();
    const withValue = (path: readonly [string, string], value: unknown) => {
      const [group, name] = path;
      const inner = { ...Object.fromEntries(entriesAt(values, group)), [name]: value };
      return isValid({ ...Object.fromEntries(entriesAt(values)), [group]: inner });
    };
    for (const text of ['app=one', 'app in (a, b), !x', 'a.b/c!=d', 'x>5', 'app notin (a)', '! x', 'a=,b'])
      assert.ok(withValue(['sidecar', 'selectors'], [text]) && parseLabelSelector(text), text);
    for (const text of ['app=one,', 'app in (a', 'app in a', 'a/b/c=d', 'app===', '=app', 'x>y', '-a', ''])
      assert.ok(!withValue(['sidecar', 'selectors'], [text]) && !parseLabelSelector(text), text);
    const hub = (...urls: readonly string[]) => ({ urls });
    for (const url of ['https://10.0.0.1', 'https://[fd00::1]:6444/', 'https://hub.example.svc/for/labels'])
      assert.ok(withValue(['sidecar', 'hub'], hub(url)) && httpsUrls.parse(url), url);
    for (const url of ['http://10.0.0.1', 'https://', 'https://a?b', 'https://u:p@a', 'https://a,https://b'])
      assert.ok(!withValue(['sidecar', 'hub'], hub(url)), url);
    for (const wrong of [hub(), { serverName: 'a' }, { ...hub('https://a'), caConfigMap: 'A' }])
      assert.ok(!withValue(['sidecar', 'hub'], wrong), JSON.stringify(wrong));
    for (const tag of ['-x', '.x']) assert.ok(!withValue(['image', 'tag'], tag), tag);
    for (const key of ['a/b/c', '/a', 'a-', '-a', 'A.b/c'])
      assert.ok(!withValue(['namespaceLabel', 'key'], key), key);
    for (const value of ['-x', 'x.']) assert.ok(!withValue(['namespaceLabel', 'value'], value), value);
    for (const cpu of ['foo', '1x', '-1', 'm']) {
      assert.ok(!withValue(['resources', 'limits'], { cpu }), cpu);
      assert.ok(!withValue(['sidecar', 'limits'], { cpu }) && !parseAmounts(`cpu=${cpu}`), cpu);
    }
    assert.ok(withValue(['sidecar', 'requests'], { cpu: 1, memory: '64Mi' }));
  });

  test('each comment in values.yaml is the description in the schema', () => {
    const comments = commentsOf(chartFile('values.yaml'));
    for (const { path, schema: leaf } of leaves)
      assert.equal(comments.get(path.join('.')), textAt(leaf, 'description'), path.join('.'));
  });

  test('README.md lists every value with its default; UPDATE_DOCS=1 writes it (R33)', async () => {
    const text = readFileSync(README, 'utf8');
    assert.match(text, TABLE);
    const options = await resolveConfig(README);
    const right = await format(
      text.replace(TABLE, () => tableOf()),
      { ...options, parser: 'markdown' },
    );
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(README, right);
    assert.equal(readFileSync(README, 'utf8'), right);
  });

  test('the templates use every value, and none that there is not', () => {
    const text = [...templates().values()].join('\n').replaceAll('{{- with .Values.sidecar }}', '');
    const used = new Set([...text.matchAll(/\.Values\.([a-zA-Z.]+)/g)].map(([, path = '']) => path));
    // Those of the sidecar are read below `with .Values.sidecar`.
    const deployment = templates().get('deployment.yaml') ?? '';
    const below = /\{\{- with \.Values\.sidecar \}\}([\s\S]*?)\{\{- with \.Values\.logLevel \}\}/.exec(
      deployment,
    )?.[1];
    for (const [, name = ''] of (below ?? '').matchAll(/(?:if|with|range) \.(\w+) /g))
      used.add(`sidecar.${name}`);
    assert.deepEqual([...used].sort(), leaves.map(({ path }) => path.join('.')).sort());
  });
});
