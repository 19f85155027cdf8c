/** Settings files and kubeconfigs, however broken: settings or named problems, an address or an error, nothing else. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../../../src/config/parse-settings.ts';
import { readPort } from '../../../src/platform/identity/kubeconfig.ts';
import { kubeconfigTarget } from '../../../src/platform/upstream/kubeconfig-target.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const SETTINGS = [
  'mode: observe',
  'drainTimeout: 1s',
  'listen: 127.0.0.1:7443',
  'preset: labels',
  'maxFrameBytes: 1MiB',
];
const WORDS = [
  ...[
    ': ',
    '- ',
    '\n',
    '  ',
    '\t',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '<<: *a',
    '!!js/function ',
    '!!binary ',
    '? ',
    '|',
    '>',
  ],
  ...[
    "'",
    '"',
    '#',
    '%YAML 1.2\n---\n',
    '...',
    '---\n',
    '\0',
    '\ufeff',
    '~',
    '.inf',
    '0x',
    '1e999',
    '__proto__: {a: b}',
  ],
  ...[
    'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n',
    'server: http://h',
    'clusters: ',
    'contexts: ',
  ],
].map((word) => Buffer.from(word));

export const settingsTarget: Target = {
  name: 'settings',
  promises: ['settings', 'problems'],
  make: (random) => Buffer.from(SETTINGS.filter(() => random.oneIn(2)).join('\n')),
  vary: (input, random, others) => mutate(input, random, WORDS, others),
  check(input) {
    const text = input.toString('utf8');
    const parsed = parseSettings({ argv: ['--config', 'file'], env: {}, readFile: () => text });
    if ('ok' in parsed) return 'settings';
    assert.ok(parsed.problems.length > 0);
    for (const problem of parsed.problems) assert.notEqual(problem, '');
    return 'problems';
  },
};

/** Stands once in most inputs, as a credential, and must not come out (R26). */
const TOKEN = 'eyJ-not-for-your-eyes';

/** The file that inputs are written to; there while a run is open. */
let folder = '';

export const kubeconfigTargets: Target = {
  name: 'kubeconfigs',
  promises: ['address', 'error'],
  make: (random) => Buffer.from(kubeconfig(random)),
  vary: (input, random, others) => mutate(input, random, WORDS, others),
  async open() {
    folder = await mkdtemp(join(tmpdir(), 'watchsieve-fuzz-'));
    return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  },
  async check(input) {
    const file = join(folder, 'kubeconfig');
    await writeFile(file, input);
    const port = await readPort(folder, '127.0.0.1');
    assert.ok(port === undefined || (port > 0 && port < 65_536));
    try {
      const { origin, hostname } = await kubeconfigTarget(file);
      assert.ok(origin.startsWith('https://') && hostname !== '');
      return 'address';
    } catch (error) {
      if (error instanceof assert.AssertionError || !(error instanceof Error)) throw error;
      assert.ok(error.message.startsWith(`kubeconfig ${file}: `), error.message);
      const isPlain = input.toString('latin1').split(`{token: ${TOKEN}`).length === 2;
      assert.ok(!isPlain || !error.message.includes(TOKEN), error.message);
      return 'error';
    }
  },
};

function kubeconfig(random: Random): string {
  const ca = Buffer.from(LOOPBACK.ca).toString('base64');
  const server = random.pick([
    'https://127.0.0.1:6443',
    'https://[::1]/base',
    'http://h',
    'https://u:p@h',
    'x',
  ]);
  return [
    'apiVersion: v1\nkind: Config\ncurrent-context: c',
    'contexts: [{name: c, context: {cluster: k, user: u}}]',
    `clusters:\n- name: k\n  cluster:\n    server: ${server}\n    certificate-authority-data: ${ca}`,
    `users: [{name: u, user: {token: ${TOKEN}}}]\n`,
  ].join('\n');
}
