/** The program as a process: exit codes, and what goes to which stream. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { packed } from '../support/packed.ts';

const { program: MAIN } = await packed();

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function watchsieve(argv: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...argv], { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

test('--version prints the version of package.json', async () => {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  assert.ok(typeof manifest === 'object' && manifest !== null && 'version' in manifest);
  assert.deepEqual(await watchsieve(['--version']), {
    code: 0,
    stdout: `${String(manifest.version)}\n`,
    stderr: '',
  });
});

test('--help, -h and help show the commands; no command shows them on stderr with exit 2', async () => {
  const help = await watchsieve(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^ {2}serve +run the proxy$/m);
  assert.match(help.stdout, /^ {2}demo /m);
  assert.deepEqual(await watchsieve(['-h']), help);
  assert.deepEqual(await watchsieve(['help']), help);
  assert.deepEqual(await watchsieve([]), { code: 2, stdout: '', stderr: help.stdout });
});

test('serve --help lists every flag with its default, whatever else is wrong (R33)', async () => {
  const { code, stdout } = await watchsieve(['serve', '--nonsense', '--help']);
  assert.equal(code, 0);
  for (const field of SETTING_FIELDS) {
    const setting = SETTINGS[field];
    assert.ok(stdout.includes(`  --${setting.flag} <`), setting.flag);
    if (setting.default !== undefined) assert.ok(stdout.includes(`[${setting.default}]`), setting.flag);
  }
});

test('an unknown command is exit 2 and guessed at', async () => {
  const { code, stderr } = await watchsieve(['sevre']);
  assert.equal(code, 2);
  assert.match(stderr, /^watchsieve: unknown command sevre \(did you mean serve\?\)\n/);
});

test('wrong flags, environment and file are exit 2 with all their problems on stderr (R33)', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(dir, { recursive: true }));
  const file = join(dir, 'settings.yaml');
  await writeFile(file, 'drainTimeout: 10\n');
  const { code, stdout, stderr } = await watchsieve(['serve', '--config', file, '--listen', '1'], {
    WATCHSIEVE_NO_SUCH: '1',
  });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.deepEqual(
    stderr.split('\n').map((line) => line.replace(dir, '')),
    [
      'watchsieve: unknown environment variable WATCHSIEVE_NO_SUCH',
      'watchsieve: --listen must be host:port, as 127.0.0.1:8080, localhost:8080 or [::1]:8080 (port 0: any free one), not "1"',
      'watchsieve: drainTimeout (/settings.yaml line 1) must be a duration with its unit, as 500ms, 10s, 5m or 1h, from 0s to 10m, not "10"',
      'See watchsieve serve --help.',
      '',
    ],
  );
});
