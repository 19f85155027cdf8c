/** How long a check of the end-to-end suites may take. */
import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { timedBuild } from './build-time.ts';
import { Report } from './report.ts';

const MINUTE_MS = 60_000;

/** A fake clock, and a report whose lines are kept. */
function scene(t: TestContext): { readonly report: Report; readonly after: (ms: number) => Promise<void> } {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  t.mock.method(console, 'log', () => undefined);
  return { report: new Report(), after: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
}

/** Lets the time pass, and what waits for it go on. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    mock.timers.tick(1000);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

test('a check that does not end within two minutes fails', async (t) => {
  const { report, after } = scene(t);
  const checked = report.check('slow', () => after(3 * MINUTE_MS));
  await pass(2 * MINUTE_MS);
  await checked;
  assert.equal(report.failed, 1);
});

test('the time in which a program is built for a check does not count, and that after it does', async (t) => {
  const { report, after } = scene(t);
  const quick = report.check('builds', async () => {
    await after(MINUTE_MS);
    await timedBuild(() => after(10 * MINUTE_MS));
    await after(MINUTE_MS / 2);
  });
  await pass(12 * MINUTE_MS);
  await quick;
  assert.equal(report.failed, 0);

  const slow = report.check('builds and hangs', async () => {
    await timedBuild(() => after(10 * MINUTE_MS));
    await after(3 * MINUTE_MS);
  });
  await pass(12 * MINUTE_MS + 1000);
  await slow;
  assert.equal(report.failed, 1);
});
