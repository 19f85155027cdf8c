/** How many callers that come at once have their answer in time, by API servers that are played (I15). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeTime } from '../../support/fake-time.ts';
import { LEAST_OF_STRANGERS, MAX_ASKED_BY_STRANGERS } from '../../../src/serve/grants/grants.ts';
import { Line, type LineOptions } from '../../../src/serve/grants/line.ts';

/** As a sidecar waits, and its question for its turn. */
const [IN_TIME_MS, WAIT_MS] = [500, 400];
const PACED = { least: LEAST_OF_STRANGERS, most: MAX_ASKED_BY_STRANGERS };
/** As many as may be, whatever the API server does. */
const AT_ONCE = { least: 100, most: 100 };

interface Played {
  /** How many come in each millisecond, from the first on. */
  readonly coming: (ms: number) => number;
  readonly forMs: number;
  /** The work that is done on each question in a millisecond, by how many there are; 1 is all of it. */
  readonly pace: (underWay: number) => number;
}

/** @returns how many of them had their answer in time, and how many that came in the last second had it */
function answeredInTime(
  options: Omit<LineOptions, 'startTimer'>,
  { coming, forMs, pace }: Played,
): { readonly all: number; readonly last: number } {
  const time = new FakeTime();
  const line = new Line({ ...options, startTimer: time.startTimer });
  const underWay = new Set<{ readonly came: number; readonly since: number; done: number }>();
  let [all, last] = [0, 0];
  const begin = (came: number): void => {
    line.asks();
    underWay.add({ came, since: time.now(), done: 0 });
  };
  const come = (): void => {
    const came = time.now();
    if (line.length === 0 && line.hasRoom) begin(came);
    else
      line.enter(WAIT_MS, (isTurn) => {
        if (isTurn) begin(came);
      });
  };
  const start = time.now();
  for (let ms = 0; ms < forMs + IN_TIME_MS; ms++) {
    if (ms < forMs) for (let one = 0; one < coming(ms); one++) come();
    time.pass(1);
    const work = pace(underWay.size);
    for (const question of underWay) {
      question.done += work;
      // Of many small parts the sum is a little less than 1.
      if (question.done < 0.999) continue;
      underWay.delete(question);
      line.answered(time.now() - question.since);
      while (line.length > 0 && line.hasRoom) line.next();
      if (time.now() - question.came > IN_TIME_MS) continue;
      all += 1;
      if (question.came >= start + forMs - 1000) last += 1;
    }
  }
  return { all, last };
}

function atOnce(callers: number): Pick<Played, 'coming' | 'forMs'> {
  return { coming: (ms) => (ms === 0 ? callers : 0), forMs: 1 };
}

test('an API server that does so much a second answers as many in time as it can, and not all of them late', () => {
  for (const [perSecond, least] of [
    [50, 24],
    [100, 24],
    [150, 60],
    [190, 60],
  ] as const) {
    const busy: Played = { ...atOnce(100), pace: (underWay) => perSecond / 1000 / underWay };
    assert.equal(answeredInTime(AT_ONCE, busy).all, 0, `${perSecond} a second, all at once`);
    const { all } = answeredInTime(PACED, busy);
    assert.ok(all >= least, `${perSecond} a second, in turn: ${all}`);
  }
});

test('one that takes as long for many as for one is asked about more and more at once', () => {
  for (const [tookMs, least] of [
    [5, 2000],
    [20, 1900],
    [50, 700],
    [150, 160],
  ] as const) {
    const { all } = answeredInTime(PACED, { ...atOnce(2000), pace: () => 1 / tookMs });
    assert.ok(all >= least, `${tookMs} ms: ${all}`);
  }
});

test('one that is far away, or asks others itself, is not taken for one that has too much to do', () => {
  for (const [tookMs, perSecond] of [
    [150, 500],
    [250, 300],
    [350, 200],
    [450, 200],
  ] as const) {
    const coming = (ms: number): number => (ms % (1000 / perSecond) < 1 ? 1 : 0);
    const { last } = answeredInTime(PACED, { coming, forMs: 10_000, pace: () => 1 / tookMs });
    assert.ok(last >= perSecond * 0.99, `${tookMs} ms, ${perSecond} a second: ${last}`);
  }
});

test('an order, a turn for each answer, and bounds for how many are asked at once', () => {
  const time = new FakeTime();
  const line = new Line({ least: 1, most: 3, startTimer: time.startTimer });
  line.asks();
  line.answered(100);
  const turns: string[] = [];
  for (const name of ['a', 'b', 'c']) line.enter(10, (isTurn) => turns.push(`${name} ${isTurn}`));
  line.next();
  time.pass(10);
  assert.deepEqual(turns, ['a true', 'b false', 'c false']);
  assert.equal(line.length, 0);
  line.next();
  assert.equal(time.running, 0);
  const roomFor = (): number => {
    let count = 0;
    for (; line.hasRoom; count++) line.asks();
    return count;
  };
  assert.equal(roomFor(), 2);
  for (const tookMs of [100, 200]) line.answered(tookMs);
  assert.equal(roomFor(), 3, 'not above the most');
  for (const tookMs of [401, 401, 401]) line.answered(tookMs);
  assert.equal(roomFor(), 1, 'not below the least');
});
