/** What somebody sees who asks for help. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COMMAND_NAMES } from '../../src/cli/commands.ts';
import { flagsOf } from '../../src/cli/completion.ts';
import { helpOf } from '../../src/cli/help.ts';
import { run } from '../../src/cli/run.ts';
import { fakeIo } from './fake-io.ts';

async function said(...argv: readonly string[]) {
  const io = fakeIo();
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

/** Those that do something. */
const DOERS = [
  'serve',
  'init',
  'check',
  'analyze',
  'record',
  'replay',
  'demo',
  'inject',
  'uninject',
  'webhook',
] as const;

describe('help (R33)', () => {
  test('help COMMAND, COMMAND --help and COMMAND -h are the same, for each command', async () => {
    for (const command of COMMAND_NAMES) {
      const help = await said('help', command);
      assert.equal(help.code, 0);
      assert.match(help.out, new RegExp(`^Usage: watchsieve ${command}`));
      if (command === 'help') continue;
      assert.deepEqual(await said(command, '--help'), help);
      assert.deepEqual(await said(command, '--none', '-h'), help);
    }
  });

  test('says what a command does, how it ends, and is narrow', () => {
    for (const command of DOERS) {
      const help = helpOf(command);
      assert.match(help, /Exit codes?/, command);
      const tooLong = help.split('\n').filter((line) => line.length > 84);
      assert.deepEqual(tooLong, [], command);
    }
    for (const command of ['serve', 'check', 'analyze', 'demo'] as const)
      assert.ok((helpOf(command).match(/^ {2}watchsieve /gm) ?? []).length >= 3, command);
  });

  test('init lists what init takes, and no more', () => {
    const flags = flagsOf(helpOf('init')).map(({ name }) => name);
    const taken = ['config', 'listen', 'state-dir', 'token-file', 'credentials', 'kubeconfig', 'context'];
    assert.deepEqual(flags.sort(), [...taken, 'log-level', 'log-format'].map((flag) => `--${flag}`).sort());
  });

  test('version is a command too', async () => {
    assert.deepEqual(await said('version'), await said('--version'));
  });

  test('an unknown command is guessed at, behind help too', async () => {
    for (const argv of [['demmo'], ['help', 'demmo']]) {
      const { code, err } = await said(...argv);
      assert.equal(code, 2);
      assert.match(err, /^watchsieve: unknown command demmo \(did you mean demo\?\)\n/);
    }
    assert.match((await said('versoin')).err, /did you mean version\?/);
  });
});
