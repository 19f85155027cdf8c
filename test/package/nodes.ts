/**
 * `npm run test:nodes`: the installed package on the oldest Node.js that it takes and on the newest, command by command,
 * a hub's HTTP/2, and what each older one is told. Fetches the Node.js releases from npm, once, into the cache of the
 * end-to-end suite.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runToEnd } from '../support/child.ts';
import { packed } from '../support/packed.ts';

/** The oldest that package.json allows, and the one that the image brings. */
const TAKEN = ['22.19.0', '24.21.0'];
/** One of each major version that is still met, and the last that is refused. */
const REFUSED = ['12.22.12', '14.21.3', '16.20.2', '18.20.8', '20.20.2', '22.18.0'];
/** What the commands do not show: node:http2 of Node.js 22 takes less than that of 24. */
const BESIDE = ['test/serve/share/http2.test.ts'];
const COMMANDS = ['serve', 'init', 'check', 'demo', 'inject', 'uninject', 'webhook', '--help', '--version'];
const ROOT = join(import.meta.dirname, '../..');

/** @returns its binary; npm has those of all platforms as packages */
async function fetchNode(version: string): Promise<string> {
  const cacheHome = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(
    process.env['WATCHSIEVE_E2E_CACHE'] ?? join(cacheHome, 'watchsieve-e2e'),
    `node-${version}`,
  );
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`];
  const ended = await runToEnd({ name: 'npm', command: 'npm', args, timeoutMs: 300_000 });
  if (ended.code !== 0) throw new Error(`${name}@${version} cannot be installed:\n${ended.stderr}`);
  return binary;
}

const { program } = await packed();
for (const version of REFUSED) {
  const command = await fetchNode(version);
  const [major, minor] = version.split('.');
  for (const each of COMMANDS) {
    const { code, stdout, stderr } = await runToEnd({
      ...{ name: 'watchsieve', command, args: [program, each], timeoutMs: 30_000 },
    });
    const message = `watchsieve: needs Node.js 22.19 or newer, this is ${major}.${minor}`;
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: message });
  }
  console.log(`Node.js ${version}: refused in one line by ${COMMANDS.length} commands`);
}
for (const version of TAKEN) {
  const files = [...globSync('test/package/*.test.ts', { cwd: ROOT }), ...BESIDE];
  const args = ['--test', '--test-reporter=dot', '--test-timeout=120000', ...files];
  const ended = await runToEnd({
    ...{ name: 'tests', command: await fetchNode(version), args, cwd: ROOT, timeoutMs: 600_000 },
  });
  assert.equal(ended.code, 0, `Node.js ${version}:\n${ended.stdout}\n${ended.stderr}`);
  console.log(`Node.js ${version}: each command, on a terminal and piped, and a hub over HTTP/2`);
}
