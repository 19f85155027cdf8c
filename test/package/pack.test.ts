/** What `npm pack` makes, and that it works where nothing else is installed (R33). */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Child } from '../support/child.ts';
import { listAt, textAt, valueAt } from '../support/json-value.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
/** All that packing needs; node_modules is borrowed. */
const SOURCES = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'build.ts',
  'build-notices.ts',
  'src',
  'docs',
];
const builtins = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
const SPEAKER = `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: speaker
  namespace: metallb-system
spec:
  selector: { matchLabels: { component: speaker } }
  template:
    metadata: { labels: { component: speaker } }
    spec:
      containers:
        - name: speaker
          image: quay.io/metallb/speaker:v0.16.1
`;

describe('the npm package (R33)', () => {
  const root = mkdtempSync(join(tmpdir(), 'watchsieve-pack-'));
  const [clone, empty] = [join(root, 'clone'), join(root, 'empty')];
  const packageJson: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  let files: readonly string[] = [];

  /** The one who installs has no cache and reaches no registry. */
  async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
    const env = { npm_config_cache: join(root, 'cache'), npm_config_offline: 'true' };
    const child = new Child({ name: command, command, args, env, cwd, keepLines: 5000 });
    child.endInput();
    const code = await child.exited;
    assert.equal(code, 0, [...child.stdout.lines, ...child.stderr.lines].join('\n'));
    return child.stdout.lines.join('\n');
  }

  /** What the scripts among these files import. */
  function importsOf(among: readonly string[]): string[] {
    return among
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [
        ...readFileSync(join(clone, file), 'utf8').matchAll(
          /^(?:import|export)\b[^'"\n]*?(?:from )?["']([^"']+)["']/gm,
        ),
      ])
      .map(([, from = '']) => from);
  }

  before(async () => {
    mkdirSync(clone);
    mkdirSync(empty);
    for (const source of SOURCES) cpSync(join(PROJECT, source), join(clone, source), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(clone, 'node_modules'));
    await run(clone, 'npm', 'run', 'prepack');
    const packed: unknown = JSON.parse(await run(clone, 'npm', 'pack', '--json', '--ignore-scripts'));
    files = listAt({ packed }, 'packed').flatMap((one) =>
      listAt(one, 'files').map((file) => textAt(file, 'path')),
    );
    writeFileSync(join(empty, 'package.json'), '{ "private": true }');
    const tarball = join(clone, `watchsieve-${textAt(packageJson, 'version')}.tgz`);
    await run(empty, 'npm', 'install', '--no-audit', '--no-fund', tarball);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  test('holds the command, its licences and its documents, and nothing else', () => {
    const others = files.filter((file) => !/^dist\/[\w-]+\.js$/.test(file) && !/^docs\/[\w.-]+$/.test(file));
    assert.deepEqual(others.sort(), [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'package.json',
    ]);
    assert.ok(files.includes('dist/watchsieve.js'));
  });

  test('asks for no other package: what it needs is in its bundle', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      assert.equal(valueAt(packageJson, kind), undefined);
    const wanted = importsOf(files).filter(
      (from) => !from.startsWith('./') && !builtins.has(from) && !from.startsWith('node:'),
    );
    assert.deepEqual(wanted, []);
  });

  test('imports no module of Node.js: that reads all of its exports, and loads what is not used (build.ts)', () => {
    const own = importsOf(files).filter((from) => builtins.has(from) || from.startsWith('node:'));
    // For CommonJS packages, whose require() does not.
    assert.deepEqual([...new Set(own)], ['node:module']);
  });

  test('brings the licence of every package in its bundle', () => {
    const notices = readFileSync(join(clone, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['fastify', 'undici', 'yaml', 'prom-client', '@kubernetes/client-node', 'pino-pretty'])
      assert.match(notices, new RegExp(`\\n${name} \\d+\\.\\d+\\.\\d+ \\(`), name);
    // As many copyright lines as packages is the least: a folder without its licence text would show.
    assert.ok((notices.match(/copyright/gi) ?? []).length > 100);
  });

  test('runs where nothing else is installed', async () => {
    const command = join(empty, 'node_modules', '.bin', 'watchsieve');
    assert.equal(await run(empty, command, '--version'), textAt(packageJson, 'version'));
    assert.match(await run(empty, command, 'serve', '--help'), /--state-dir/);
    writeFileSync(join(empty, 'speaker.yaml'), SPEAKER);
    assert.match(await run(empty, command, 'inject', 'speaker.yaml'), /name: KUBECONFIG/);
    // The whole proxy, with a client of its own.
    assert.match(await run(empty, command, 'demo', '--duration', '2s', '--nodes', '3'), /watchsieve/);
  });
});
