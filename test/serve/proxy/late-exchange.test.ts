/** A request that waits for credentials of ours, and is given up before it was sent (R10, R23). */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { LateExchange } from '../../../src/serve/proxy/own-credentials.ts';

test('one that is given up before it was sent lets go of its body (R10)', () => {
  const body = new PassThrough();
  const late = new LateExchange(body);
  late.abort();
  assert.ok(late.isAborted && body.destroyed);
});

test('one that was sent leaves its body to whoever sends it', () => {
  const body = new PassThrough();
  const calls: string[] = [];
  const late = new LateExchange(body);
  late.started({ abort: () => calls.push('abort'), resume: () => calls.push('resume') });
  late.resume();
  late.abort();
  assert.deepEqual(calls, ['resume', 'abort']);
  assert.ok(!body.destroyed);
});
