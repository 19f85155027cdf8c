/** How foreign errors are told apart where it decides what a client's stream ends with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toUpstreamError } from '../../../src/platform/upstream/upstream-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test('R12: probes of the kernel that went unanswered mean a dead connection, before the head and in the body', () => {
  for (const code of ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']) {
    assert.equal(toUpstreamError('headers', systemError(code)).code, 'dead', code);
    assert.equal(toUpstreamError('body', systemError(code)).code, 'dead', code);
  }
});

test('R5: while connecting the same errors are a timeout and no route', () => {
  assert.equal(toUpstreamError('connect', systemError('ETIMEDOUT')).code, 'timeout');
  assert.equal(toUpstreamError('connect', systemError('EHOSTUNREACH')).code, 'unreachable');
});

test('R9: a connection that was reset is not a dead one', () => {
  assert.equal(toUpstreamError('body', systemError('ECONNRESET')).code, 'reset');
});
