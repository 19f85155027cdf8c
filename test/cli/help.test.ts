/** What somebody sees who asks for help, and what a shell is told of commands and flags. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { COMMAND_NAMES } from '../../src/cli/commands.ts';
import { completionScript, flagsOf } from '../../src/cli/completion.ts';
import { helpOf } from '../../src/cli/help.ts';
import { run } from '../../src/cli/run.ts';
import { SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { fakeIo } from './fake-io.ts';

async function said(...argv: readonly string[]) {
  const io = fakeIo();
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

/** Those that do something. */
const DOERS = ['serve', 'init', 'check', 'demo', 'inject', 'uninject', 'webhook'] as const;

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
    for (const command of ['serve', 'check', 'demo'] as const)
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

describe('completion', () => {
  const bash = completionScript('bash', helpOf);

  /** What bash offers for the last of these words. */
  function offered(...words: readonly string[]): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'watchsieve-completion-'));
    try {
      const file = join(folder, 'script');
      const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      writeFileSync(file, `${bash}\n${ask}\n_watchsieve\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`);
      return execFileSync('bash', [file], { encoding: 'utf8' }).split('\n').filter(Boolean);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('bash is offered commands, flags, and the values of a flag', () => {
    assert.deepEqual(offered('watchsieve', 'se'), ['serve']);
    assert.deepEqual(offered('watchsieve', 'serve', '--mo'), ['--mode']);
    assert.deepEqual(offered('watchsieve', 'serve', '--mode', ''), ['filter', 'observe']);
    assert.deepEqual(offered('watchsieve', 'completion', 'f'), ['fish']);
    assert.deepEqual(offered('watchsieve', 'help', 'un'), ['uninject']);
    // Files are the shell's own business.
    assert.deepEqual(offered('watchsieve', 'inject', 'spea'), []);
    const serve = SETTING_FIELDS.map((field) => `--${SETTINGS[field].flag}`);
    assert.deepEqual(offered('watchsieve', 'serve', '--').sort(), [...serve, '--help'].sort());
    assert.ok(offered('watchsieve', 'inject', '--').includes('--kubernetes-version'));
    assert.ok(offered('watchsieve', 'webhook', '--').includes('--drain-delay'));
  });

  test('each shell is told of every command and every flag', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const script = completionScript(shell, helpOf);
      for (const command of COMMAND_NAMES) {
        assert.match(script, new RegExp(`\\b${command}\\b`), shell);
        for (const { name } of flagsOf(helpOf(command)))
          assert.ok(script.includes(name.slice(2)), `${shell}: ${name}`);
      }
    }
  });

  test('another shell is exit 2, and guessed at', async () => {
    const { code, err } = await said('completion', 'fissh');
    assert.equal(code, 2);
    assert.match(err, /bash, zsh, fish \(did you mean fish\?\)/);
  });
});
