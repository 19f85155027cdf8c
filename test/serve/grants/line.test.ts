/** How many callers that come at once have their answer in time, by API servers that are played (I15). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeTime } from '../../support/fake-time.ts';
import {
  FIRST_OF_STRANGERS,
  LEAST_OF_STRANGERS,
  MAX_ASKED_BY_STRANGERS,
} from '../../../src/serve/grants/grants.ts';
import { Line, type LineOptions } from '../../../src/serve/grants/line.ts';

/** As a sidecar waits, and its question for its turn. */
const [IN_TIME_MS, WAIT_MS] = [500, 400];
const PACED = { first: FIRST_OF_STRANGERS, least: LEAST_OF_STRANGERS, most: MAX_ASKED_BY_STRANGERS };
/** As many as may be, whatever the API server does. */
const AT_ONCE = { first: 100, least: 100, most: 100 };

interface Played {
  readonly callers: number;
  /** The work that is done on each question in a millisecond, by how many there are; 1 is all of it. */
  readonly pace: (underWay: number) => number;
}

/** @returns how many of them had their answer in time */
function answeredInTime(options: Omit<LineOptions, 'startTimer'>, { callers, pace }: Played): number {
  const time = new FakeTime();
  const line = new Line({ ...options, startTimer: time.startTimer });
  const underWay = new Set<{ readonly since: number; done: number }>();
  const begin = (): void => {
    line.asks();
    underWay.add({ since: time.now(), done: 0 });
  };
  const start = time.now();
  for (let i = 0; i < callers; i++) {
    if (line.length === 0 && line.hasRoom) begin();
    else
      line.enter(WAIT_MS, (isTurn) => {
        if (isTurn) begin();
      });
  }
  let answered = 0;
  while (time.now() < start + IN_TIME_MS) {
    time.pass(1);
    const work = pace(underWay.size);
    for (const question of underWay) {
      question.done += work;
      if (question.done < 1) continue;
      underWay.delete(question);
      answered += 1;
      line.answered(time.now() - question.since);
      while (line.length > 0 && line.hasRoom) line.next();
    }
  }
  return answered;
}

test('an API server that does so much a second answers as many in time as it can, and not all of them late', () => {
  for (const [perSecond, least] of [
    [50, 24],
    [100, 40],
    [150, 60],
    [190, 60],
  ] as const) {
    const busy: Played = { callers: 100, pace: (underWay) => perSecond / 1000 / underWay };
    assert.equal(answeredInTime(AT_ONCE, busy), 0, `${perSecond} a second, all at once`);
    const answered = answeredInTime(PACED, busy);
    assert.ok(answered >= least, `${perSecond} a second, in turn: ${answered}`);
  }
});

test('one that takes as long for many as for one is asked about more and more at once', () => {
  for (const [tookMs, least] of [
    [5, 2000],
    [20, 1900],
    [50, 700],
    [150, 160],
  ] as const) {
    const quick: Played = { callers: 2000, pace: () => 1 / tookMs };
    const answered = answeredInTime(PACED, quick);
    assert.ok(answered >= least, `${tookMs} ms: ${answered}`);
  }
});

test('an order, a turn for each answer, and bounds for how many are asked at once', () => {
  const time = new FakeTime();
  const line = new Line({ first: 2, least: 1, most: 3, startTimer: time.startTimer });
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
  for (const tookMs of [200, 200]) line.answered(tookMs);
  assert.equal(roomFor(), 3, 'not above the most');
  for (const tookMs of [201, 201, 201]) line.answered(tookMs);
  assert.equal(roomFor(), 1, 'not below the least');
});
