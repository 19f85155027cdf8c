import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { renderConfigSchema } from './schema-of-file.ts';
import { fileKey, SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { settled } from '../support/settings.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const SCHEMA = new URL('config.schema.json', DOCS);

const json: unknown = JSON.parse(renderConfigSchema());
assert.ok(typeof json === 'object' && json !== null);
const conforms = new Ajv({ allErrors: true }).compile(json);

function bySchema(text: string): boolean {
  return conforms(parse(text));
}

async function byProgram(text: string): Promise<boolean> {
  return 'ok' in (await settled({ argv: ['--config', 'file'], env: {}, readFile: () => text }));
}

/** Both must say the same of these. */
const VALID = [
  '',
  '# nothing\n',
  'mode: observe\n',
  'upstreamHttp: 1.1\n',
  'upstreamHttp: "1.1"\n',
  'maxFrameBytes: 65536\n',
  'maxFrameBytes: 64KiB\n',
  'maxConnections: 10\n',
  'verifyInterval: 0s\n',
  'metricsListen: "[::]:17482"\n',
  'metricsListen: fd00::7:17482\n',
  'preset: mine\nprojections:\n  mine:\n    include: [metadata.labels]\n',
  'projections:\n  mine:\n    exclude:\n      - status.images\n',
];

const INVALID = [
  'mode\n',
  '- mode: observe\n',
  'mode: Observe\n',
  'mode:\n',
  'mode: [observe]\n',
  'modus: observe\n',
  'config: other.yaml\n',
  'drainTimeout: 5\n',
  'drainTimeout: 5 s\n',
  'drainTimeout: -1s\n',
  'drainTimeout: 1d\n',
  'maxConnections: 0\n',
  'maxConnections: 1.5\n',
  'maxFrameBytes: 1\n',
  'maxFrameBytes: 64KB\n',
  'listen: 17480\n',
  'listen: 127.0.0.1\n',
  'preset: Metallb\n',
  'stateDir: ""\n',
  'upstreamHttp: 2\n',
  '__proto__: {}\n',
  'constructor: x\n',
  'projections: []\n',
  'projections:\n  metallb:\n    include: [metadata.labels]\n',
  'projections:\n  Mine:\n    include: [metadata.labels]\n',
  'projections:\n  mine: [metadata.labels]\n',
  'projections:\n  mine:\n    include: metadata.labels\n',
  'projections:\n  mine:\n    include: []\n',
  'projections:\n  mine:\n    include: [1]\n',
  'projections:\n  mine:\n    include: [metadata.labels]\n    exclude: [status]\n',
  'projections:\n  mine:\n    only: [metadata.labels]\n',
];

describe('the JSON Schema of the config file (R33)', () => {
  test('docs/config.schema.json is what the table says; UPDATE_DOCS=1 writes it', () => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(SCHEMA, renderConfigSchema());
    assert.equal(readFileSync(SCHEMA, 'utf8'), renderConfigSchema());
  });

  test('has every setting of the file, and takes its default', () => {
    for (const field of SETTING_FIELDS) {
      const { flag, inFile, default: initial } = SETTINGS[field];
      if (inFile !== 'none' && initial !== undefined)
        assert.ok(bySchema(`${fileKey(flag)}: ${initial}\n`), flag);
    }
  });

  test('takes every YAML example of docs/settings.md, as the program does', async () => {
    const examples = [...readFileSync(new URL('settings.md', DOCS), 'utf8').matchAll(/```yaml\n(.*?)```/gs)];
    assert.ok(examples.length >= 2);
    for (const [, example = ''] of examples) {
      assert.ok(bySchema(example), example);
      assert.ok(await byProgram(example), example);
    }
  });

  test('takes and refuses what the program takes and refuses', async () => {
    for (const text of VALID)
      assert.deepEqual([text, bySchema(text), await byProgram(text)], [text, true, true]);
    for (const text of INVALID)
      assert.deepEqual([text, bySchema(text), await byProgram(text)], [text, false, false]);
  });
});
