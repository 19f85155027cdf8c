import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_MS, type Grant, WatchGrant } from '../../../src/core/grant/watch-grant.ts';

const MINUTE = 60_000;

/** Runs a watch by the answers it gets, each of which takes as long as it may. @returns when and why it ended */
function run(answerAt: (now: number) => Grant, chance: number): { at: number; why: string; asked: number } {
  const watch = new WatchGrant(0, () => chance);
  let now = watch.firstInMs;
  for (let asked = 1; asked < 1000; asked++) {
    const askedAt = now;
    const grant = answerAt(now);
    if (grant === 'unanswered') now += ANSWER_MS;
    const next = watch.answered(grant, askedAt, now);
    if (next.kind === 'end') return { at: now, why: next.why, asked };
    now += next.inMs;
  }
  return { at: now, why: 'never', asked: 1000 };
}

for (const chance of [0, 0.5, 0.999]) {
  test(`rights that are taken away end a watch within a minute (chance ${chance})`, () => {
    const { at, why } = run((now) => (now > 10 * MINUTE ? 'refused' : 'allowed'), chance);
    assert.equal(why, 'refused');
    assert.ok(at > 10 * MINUTE && at <= 11 * MINUTE, `${at} ms`);
  });

  test(`a watch that nobody answers for is kept for five minutes and no longer (chance ${chance})`, () => {
    const { at, why, asked } = run(() => 'unanswered', chance);
    assert.equal(why, 'unanswered');
    assert.ok(at > 4.5 * MINUTE && at <= 5 * MINUTE, `${at} ms`);
    assert.ok(asked > 10 && asked < 30, `${asked} questions`);
  });
}

test('an answer begins the five minutes anew, from when its question left', () => {
  const { at } = run((now) => (now < 3 * MINUTE ? 'allowed' : 'unanswered'), 0);
  assert.ok(at > 6.5 * MINUTE && at <= 7 * MINUTE, `${at} ms`);
});

test('chance keeps watches from asking together', () => {
  assert.notEqual(new WatchGrant(0, () => 0.2).firstInMs, new WatchGrant(0, () => 0.8).firstInMs);
});
