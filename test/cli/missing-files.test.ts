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

test('serve names all that are missing, and starts nothing', async () => {
  const io = fakeIo();
  assert.equal(await run(['serve', '--config', `${NONE}1`, '--kubeconfig', `${NONE}2`], io), 2);
  assert.match(io.err(), /^watchsieve: --config: \S+none1 .*\nwatchsieve: --kubeconfig: \S+none2 .*\nSee /);
});
