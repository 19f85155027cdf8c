/** What a shell offers for commands, flags and their values: asked of bash, zsh and fish themselves, where they are. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { COMMAND_NAMES } from '../../src/cli/commands.ts';
import { completionScript, flagsOf, SHELLS, type Shell } from '../../src/cli/completion.ts';
import { helpOf } from '../../src/cli/help.ts';
import { run } from '../../src/cli/run.ts';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { Terminal } from '../support/terminal.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchsieve-completion-'));
after(() => rmSync(folder, { recursive: true }));

/** The script of a shell, as somebody sources it. */
function scriptOf(shell: Shell): string {
  const file = join(folder, shell);
  writeFileSync(file, completionScript(shell, helpOf));
  return file;
}

/** What each shell offers for the last of some words. */
const OFFERS: Readonly<Record<Shell, (words: readonly string[]) => Promise<string[]>>> = {
  bash: (words) => {
    const asked = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${asked}); COMP_CWORD=${words.length - 1}; _watchsieve; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return Promise.resolve(linesOf(execFileSync('bash', ['-c', `. '${scriptOf('bash')}'; ${ask}`])));
  },
  fish: (words) => {
    const ask = `source '${scriptOf('fish')}'; complete -C '${words.join(' ')}'`;
    const env = { ...process.env, HOME: folder };
    const lines = linesOf(execFileSync('fish', ['--no-config', '-c', ask], { env }));
    // A description may follow.
    return Promise.resolve(lines.map((line) => line.split('\t')[0] ?? ''));
  },
  zsh: async (words) => {
    zsh ??= await startZsh();
    const number = ++asked;
    zsh.type(`${words.join(' ')}\u0018`);
    await zsh.shows(new RegExp(`^END${number}\\b`, 'm'));
    return linesOf(readFileSync(join(folder, 'answer')));
  },
};

/** One for all, since its completion takes a second to start. */
let zsh: Terminal | undefined;
let asked = 0;
after(() => zsh?.close());

/** Control-X asks it what the script adds for the word before the cursor, which zsh itself matches. */
async function startZsh(): Promise<Terminal> {
  const started = new Terminal({ command: 'zsh', args: ['-f', '-i'], cwd: folder, columns: 200 });
  const setUp = [
    `LISTMAX=0; setopt no_beep; autoload -U compinit; compinit -u -D`,
    `source '${scriptOf('zsh')}'`,
    `compadd() { local -a hits; builtin compadd -O hits "$@"; OFFERED+=("\${hits[@]}"); builtin compadd "$@"; }`,
    `show() { OFFERED=(); zle complete-word; print -rl -- "\${OFFERED[@]}" >answer; BUFFER="print END$((++asked))"; zle accept-line; }`,
    `zle -N show; bindkey '^X' show; print SET'UP'`,
  ];
  started.type(`${setUp.join('\n')}\n`);
  await started.shows(/^SETUP/m);
  return started;
}

function linesOf(text: string | Buffer): string[] {
  return String(text).split('\n').filter(Boolean);
}

for (const shell of SHELLS) {
  const isThere = spawnSync(shell, ['-c', 'exit 0']).status === 0;
  describe(`completion in ${shell}`, { skip: isThere ? false : `there is no ${shell} here` }, () => {
    const offered = async (...words: readonly string[]) => (await OFFERS[shell](words)).sort();

    test('offers commands, flags, and the values of a flag', async () => {
      assert.deepEqual(await offered('watchsieve', 'se'), ['serve']);
      assert.deepEqual(await offered('watchsieve', 'serve', '--mo'), ['--mode']);
      assert.deepEqual(await offered('watchsieve', 'serve', '--mode', ''), ['filter', 'observe']);
      assert.deepEqual(await offered('watchsieve', 'serve', '--preset', ''), [...PRESETS].sort());
      assert.deepEqual(await offered('watchsieve', 'completion', 'f'), ['fish']);
      assert.deepEqual(await offered('watchsieve', 'help', 'un'), ['uninject']);
    });

    test('offers every setting of serve, and flags of the others', async () => {
      const serve = SETTING_FIELDS.map((field) => `--${SETTINGS[field].flag}`);
      assert.deepEqual(await offered('watchsieve', 'serve', '--'), [...serve, '--help'].sort());
      assert.ok((await offered('watchsieve', 'inject', '--')).includes('--kubernetes-version'));
      assert.ok((await offered('watchsieve', 'webhook', '--')).includes('--drain-delay'));
    });

    test('leaves files to the shell', async () => {
      assert.deepEqual(await offered('watchsieve', 'inject', 'spea'), []);
    });
  });
}

test('each script names every command and every flag', () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, helpOf);
    for (const command of COMMAND_NAMES) {
      assert.match(script, new RegExp(`\\b${command}\\b`), shell);
      for (const { name } of flagsOf(helpOf(command)))
        assert.ok(script.includes(name.slice(2)), `${shell}: ${name}`);
    }
  }
});

test('another shell is exit 2, and guessed at', async () => {
  const io = fakeIo();
  assert.equal(await run(['completion', 'fissh'], io), 2);
  assert.match(io.err(), /bash, zsh, fish \(did you mean fish\?\)/);
});
