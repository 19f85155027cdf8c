/** A file that is named and is not there: the same exit code from every command, one line for each file, as --help says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { fakeIo } from './fake-io.ts';

const NONE = '/nowhere/none';
const WEBHOOK = ['--service', 'a/b', '--image', 'x.example/w:1'];

for (const [command, ...argv] of [
  ['serve', '--kubeconfig', NONE],
  ['serve', '--config', NONE],
  ['init', '--kubeconfig', NONE, '--credentials', 'kubeconfig'],
  ['init', '--config', NONE],
  ['check', '--kubeconfig', NONE],
  ['check', '--config', NONE],
  ['webhook', '--kubeconfig', NONE, ...WEBHOOK],
  ['inject', '--image', 'x.example/w:1', NONE],
  ['uninject', NONE],
] as const)
  test(`${command} ${argv.join(' ')} ends with exit 2 and names the file`, async () => {
    const io = fakeIo();
    assert.equal(await run([command, ...argv], io), 2, io.err() + io.out());
    assert.match(io.err() + io.out(), /\/nowhere\/none/);
    assert.doesNotMatch(io.err(), /\n {4}at /);
    const help = fakeIo();
    await run([command, '--help'], help);
    assert.match(help.out(), /\b2 for wrong flags[^.]*files|Exit codes are those of inject/);
  });

for (const [command, flags] of [
  ['replay', []],
  ['demo', ['--recording']],
] as const)
  test(`${command} ${flags.join(' ')} names a recording that is missing or is none, once`, async () => {
    for (const [file, why] of [
      [NONE, 'does not exist'],
      ['/dev/null/none', 'does not exist'],
      ['/', 'cannot be read (EISDIR)'],
    ] as const) {
      const io = fakeIo();
      assert.equal(await run([command, ...flags, file], io), 2);
      assert.equal(io.err(), `watchsieve ${command}: ${file} ${why}\n`);
    }
  });

for (const command of ['serve', 'init', 'analyze', 'record', 'check'] as const)
  test(`${command} without a kubeconfig, outside a Pod, says which is missing and what to do`, async () => {
    const io = fakeIo({ HOME: '/nowhere' });
    const words = command === 'record' ? ['/nowhere/x.rec'] : [];
    assert.equal(await run([command, ...words], io), command === 'check' ? 1 : 2, io.err());
    assert.match(
      io.err() + io.out(),
      /kubeconfig \/nowhere\/\.kube\/config does not exist: outside a Pod, name that of the API server with --kubeconfig\n/,
    );
    assert.doesNotMatch(io.err() + io.out(), /ENOENT/);
  });

test('serve names all that are missing, and starts nothing', async () => {
  const io = fakeIo();
  assert.equal(await run(['serve', '--config', `${NONE}1`, '--kubeconfig', `${NONE}2`], io), 2);
  assert.match(io.err(), /^watchsieve: --config: \S+none1 .*\nwatchsieve: --kubeconfig: \S+none2 .*\nSee /);
});
