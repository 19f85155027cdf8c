/** What somebody sees who asks for help. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COMMAND_NAMES } from '../../src/cli/commands.ts';
import { helpOf } from '../../src/cli/help.ts';
import { ANNOTATION } from '../../src/install/inject/names.ts';
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
      const tooLong = help.split('\n').filter((line) => line.length > 80);
      assert.deepEqual(tooLong, [], command);
    }
    for (const command of ['serve', 'check', 'analyze', 'demo'] as const)
      assert.ok((helpOf(command).match(/^ {2}watchsieve /gm) ?? []).length >= 3, command);
  });

  test('inject and webhook list every annotation that steers them (R33)', () => {
    const { injected: _, kubeconfig: __, inject: ___, ...steering } = ANNOTATION;
    for (const command of ['inject', 'webhook'] as const) {
      const help = helpOf(command).replace(/\s+/g, ' ');
      const listed = /annotations watchsieve\.dev\/(.*?) on a /.exec(help)?.[1] ?? '';
      assert.deepEqual(
        listed.split(/, \/| and \//).sort(),
        Object.values(steering)
          .map((name) => name.replace('watchsieve.dev/', ''))
          .sort(),
        command,
      );
    }
  });

  test('uninject tells what it removes from if nothing is named, and inject what it adds to', () => {
    const said = (command: 'inject' | 'uninject') => helpOf(command).replace(/\s+/g, ' ');
    assert.match(said('uninject'), /Without --name and --selector: every workload that has it\./);
    assert.doesNotMatch(said('uninject'), /the speaker of MetalLB/);
    assert.match(
      said('inject'),
      /Without --name and --selector: the speaker of MetalLB and frr-k8s, if found\./,
    );
  });

  test('version is a command too', async () => {
    assert.deepEqual(await said('version'), await said('--version'));
  });

  test('words and flags that mean nothing are refused by the commands that only print (R33)', async () => {
    for (const argv of [
      ['version', 'extra'],
      ['--version', '--nosuch'],
      ['completion', 'bash', '--nosuch'],
      ['completion', 'bash', 'zsh'],
      ['help', 'serve', 'extra'],
    ]) {
      const { code, out, err } = await said(...argv);
      const command = argv[0]?.replace('--', '');
      assert.deepEqual([code, out], [2, ''], argv.join(' '));
      assert.match(
        err,
        new RegExp(`^watchsieve: un.* "?${argv.at(-1)}"?\nSee watchsieve ${command} --help\.\n$`),
      );
    }
  });

  test('help that is asked for twice is given once', async () => {
    for (const flag of ['--help', '-h'])
      assert.deepEqual(await said('help', 'init', flag), await said('help', 'init'));
  });

  test('an unknown command is guessed at, behind help too', async () => {
    for (const argv of [['demmo'], ['help', 'demmo'], ['help', 'demmo', 'extra']]) {
      const { code, err } = await said(...argv);
      assert.equal(code, 2);
      assert.match(err, /^watchsieve: unknown command demmo \(did you mean demo\?\)\n/);
    }
    assert.match((await said('versoin')).err, /did you mean version\?/);
  });
});
