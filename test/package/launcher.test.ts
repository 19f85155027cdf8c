/** What somebody sees whose Node.js is too old (R49). `npm run test:nodes` asks real ones. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { runToEnd } from '../support/child.ts';
import { type Packed, packed } from '../support/packed.ts';
import { some } from '../support/property-runs.ts';

const COMMANDS = ['serve', 'init', 'check', 'demo', 'inject', 'uninject', 'webhook', '--help', '--version'];

describe('the launcher (R49)', () => {
  let product: Packed;
  before(async () => {
    product = await packed();
  });

  /** Runs it on this Node.js, which says that it is another. */
  async function on(version: string, ...args: readonly string[]) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const { code, stdout, stderr } = await runToEnd({
      name: 'watchsieve',
      command: process.execPath,
      args: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, product.program, ...args],
      timeoutMs: 30_000,
    });
    return { code, stdout, stderr };
  }

  for (const command of some(COMMANDS))
    test(`${command} says in one line that this Node.js is too old, and exits 1`, async () => {
      const message = 'watchsieve: needs Node.js 22.19 or newer, this is 20.20';
      assert.deepEqual(await on('20.20.2', command), { code: 1, stdout: '', stderr: message });
    });

  test('takes the oldest that package.json allows, and each newer one', async () => {
    assert.equal(packageJson.engines.node, '>=22.19');
    for (const [version, isTaken] of [
      ['22.18.9', false],
      ['9.99.0', false],
      ['22.19.0', true],
      ['24.0.0', true],
      ['100.1.0', true],
    ] as const) {
      const { code } = await on(version, '--version');
      assert.equal(code === 0, isTaken, version);
    }
  });

  test('is written in words that an old Node.js can read', () => {
    const text = readFileSync(join(import.meta.dirname, '../../src/launcher.js'), 'utf8');
    // Would fail as a whole, before a line of it runs.
    assert.doesNotMatch(
      text.replace(/^\/\*[^]*?\*\//m, ''),
      /=>|`|\?\.|\?\?|^import |\b(?:const|let|class|await)\b/m,
    );
    assert.equal(readFileSync(product.program, 'utf8'), text);
  });
});
