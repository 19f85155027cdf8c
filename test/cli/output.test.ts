/** What commands write reaches a reader that is slow or goes away, as it would from any other program. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { packed } from '../support/packed.ts';
import { SPEAKER } from '../install/inject/manifests.ts';

const { program: MAIN } = await packed();

/** More than any pipe holds. */
const COUNT = 200;
const LIST = Array.from({ length: COUNT }, (_, index) =>
  SPEAKER.replace('name: speaker\n  namespace', `name: w${index}\n  namespace`),
).join('---\n');
const PADDING = `---\nkind: ConfigMap\ndata:\n  x: ${'x'.repeat(400_000)}\n`;

function watchsieve(t: TestContext, argv: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: 'pipe' });
  t.after(() => child.kill('SIGKILL'));
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal }));
  return { child, ended };
}

test('a reader that begins late gets all of both streams, and exit code 0', async (t) => {
  const { child, ended } = watchsieve(t, ['inject', '--image', 'x/y:1', '-']);
  child.stdin.end(LIST + PADDING);
  // The report follows what is written, so that all of it waits in the process now.
  await once(child.stderr, 'readable');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.ok(out.endsWith(PADDING), `${out.length} characters`);
  assert.equal(out.match(/watchsieve\.dev\/injected/g)?.length, COUNT);
  assert.match(err, /have the same ports/);
  assert.equal(err.match(/injected \(container/g)?.length, COUNT);
  assert.ok(err.endsWith('\n'));
});

test('a long report of what stands in the way is not cut short', async (t) => {
  const refused = Array.from(
    { length: 3000 },
    (_, index) =>
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: with-a-rather-long-name-${index}, annotations: { watchsieve.dev/inject: "true" } }\n`,
  );
  const { child, ended } = watchsieve(t, ['inject', '--image', 'x/y:1', '-']);
  child.stdin.end(refused.join('---\n'));
  await once(child.stderr, 'readable');
  const errors = await text(child.stderr);
  assert.deepEqual(await ended, { code: 1, signal: null });
  assert.equal(errors.match(/its Pod template has no containers\n/g)?.length, refused.length);
});

test('a reader of standard output that goes away ends it, with exit code 1 and without a stack', async (t) => {
  const { child, ended } = watchsieve(t, ['inject', '--image', 'x/y:1', '-']);
  child.stdout.destroy();
  const errors = text(child.stderr);
  child.stdin.end(SPEAKER + PADDING);
  assert.deepEqual(await ended, { code: 1, signal: null });
  assert.doesNotMatch(await errors, /EPIPE|^ {4}at |Error/m);
});

test('a reader of standard error that goes away is no reason to fail', async (t) => {
  const { child, ended } = watchsieve(t, ['inject', '--image', 'x/y:1', '-']);
  child.stderr.destroy();
  const out = text(child.stdout);
  child.stdin.end(SPEAKER + PADDING);
  assert.ok((await out).endsWith(PADDING));
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test('help into a closed pipe ends without a stack too', async (t) => {
  const { child, ended } = watchsieve(t, ['inject', '--help']);
  child.stdout.destroy();
  const errors = text(child.stderr);
  child.stdin.end();
  assert.deepEqual(await ended, { code: 1, signal: null });
  assert.equal(await errors, '');
});
