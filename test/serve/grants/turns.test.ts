/** Callers that come at once, as when a hub or a whole cluster starts, wait for their turn (I6, I10, I15). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/api-server.ts';
import { NODES } from '../../support/nodes-asked.ts';
import {
  LEAST_OF_STRANGERS,
  MAX_ASKED,
  MAX_ASKED_BY_ONE,
  MAX_ASKED_BY_STRANGERS,
  MAX_WAITING,
} from '../../../src/serve/grants/grants.ts';
import { askingGrants, bearer, type ReviewServer } from './harness.ts';

const WAIT_MS = 400;

/** Reviews are answered one by one, when they are let go. */
function held(server: ReviewServer): {
  readonly open: () => number;
  readonly release: (count: number) => void;
} {
  const waiting: ((answer: boolean) => void)[] = [];
  server.answer = () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    waiting.push(resolve);
    return promise;
  };
  return {
    open: () => waiting.length,
    release: (count) => {
      for (const resolve of waiting.splice(0, count)) resolve(true);
    },
  };
}

test('strangers that come at once are asked about in their order, never more than so many, and all are answered', async (t) => {
  const { server, grants, metrics } = await askingGrants(t);
  const { open, release } = held(server);
  const count = 2 * MAX_ASKED_BY_STRANGERS + 50;
  const asked = Array.from({ length: count }, (_, i) => grants.ask(NODES, bearer(`${i}`), WAIT_MS));
  let seen = 0;
  // Each answer that comes soon lets one more be asked at once.
  for (let atOnce = LEAST_OF_STRANGERS; seen < count; atOnce = Math.min(2 * atOnce, MAX_ASKED_BY_STRANGERS)) {
    const turn = Math.min(atOnce, count - seen);
    await eventually(() => open() === turn, 'as many are asked as may be');
    assert.equal(server.reviews.length, seen + turn);
    const those = server.reviews.slice(seen).map(({ authorization }) => authorization);
    const expected = Array.from({ length: turn }, (_, i) => `Bearer ${seen + i}`);
    assert.deepEqual(new Set(those), new Set(expected));
    seen += turn;
    release(turn);
  }
  assert.deepEqual(new Set(await Promise.all(asked)), new Set(['allowed']));
  assert.match(await metrics(), /watchsieve_grants_total\{result="busy"\} 0\n/);
});

test('who has waited in vain goes to the API server, and is asked about no more', async (t) => {
  const { server, grants, time, metrics } = await askingGrants(t);
  const { open, release } = held(server);
  const asked = Array.from({ length: LEAST_OF_STRANGERS + 20 }, (_, i) =>
    grants.ask(NODES, bearer(`${i}`), WAIT_MS),
  );
  await eventually(() => open() === LEAST_OF_STRANGERS, 'the first are asked');
  time.pass(WAIT_MS);
  const late = await Promise.all(asked.slice(LEAST_OF_STRANGERS));
  assert.deepEqual(new Set(late), new Set(['unanswered']));
  assert.match(await metrics(), /watchsieve_grants_total\{result="busy"\} 20\n/);
  release(LEAST_OF_STRANGERS);
  assert.deepEqual(new Set(await Promise.all(asked.slice(0, LEAST_OF_STRANGERS))), new Set(['allowed']));
  assert.equal(server.reviews.length, LEAST_OF_STRANGERS);
  assert.equal(time.running, 0, 'no timer is left');
});

test('strangers that wait keep nobody waiting who was allowed something before', async (t) => {
  const { server, grants } = await askingGrants(t);
  const callers = Array.from({ length: MAX_ASKED / MAX_ASKED_BY_ONE }, (_, i) => bearer(`caller ${i}`));
  for (const caller of [...callers, bearer('one')]) await grants.ask(NODES, caller);
  const before = server.reviews.length;
  const { open, release } = held(server);
  for (const caller of callers)
    for (let at = 0; at < MAX_ASKED_BY_ONE; at++) void grants.ask({ ...NODES, name: `n${at}` }, caller);
  await eventually(() => open() === MAX_ASKED, 'there is no room for more');
  const stranger = grants.ask(NODES, bearer('stranger'), WAIT_MS);
  const one = grants.ask({ ...NODES, name: 'n' }, bearer('one'), WAIT_MS);
  release(1);
  await eventually(() => server.reviews.length === before + MAX_ASKED + 1, 'one more is asked');
  assert.equal(server.reviews.at(-1)?.authorization, 'Bearer one');
  release(MAX_ASKED);
  await eventually(() => server.reviews.length === before + MAX_ASKED + 2, 'then the stranger');
  release(1);
  assert.deepEqual(await Promise.all([one, stranger]), ['allowed', 'allowed']);
});

test('so many wait at most, and those of one caller are counted with what it has under way', async (t) => {
  const { server, grants, time } = await askingGrants(t);
  const { open } = held(server);
  const asked = Array.from({ length: LEAST_OF_STRANGERS + MAX_WAITING }, (_, i) =>
    grants.ask({ ...NODES, name: `n${i}` }, bearer(`${i % (MAX_WAITING / 2)}`), WAIT_MS),
  );
  await eventually(() => open() === LEAST_OF_STRANGERS, 'the first are asked');
  assert.equal(await grants.ask(NODES, bearer('beyond'), WAIT_MS), 'unanswered');
  time.pass(WAIT_MS);
  const mine = Array.from({ length: MAX_ASKED_BY_ONE }, (_, i) =>
    grants.ask({ ...NODES, name: `n${i}` }, bearer('greedy'), WAIT_MS),
  );
  assert.equal(await grants.ask(NODES, bearer('greedy'), WAIT_MS), 'unanswered', 'at once');
  time.pass(WAIT_MS);
  assert.deepEqual(new Set(await Promise.all(mine)), new Set(['unanswered']));
  assert.equal(server.reviews.length, LEAST_OF_STRANGERS);
  assert.equal(asked.length, LEAST_OF_STRANGERS + MAX_WAITING);
});

test('equal questions wait as one, and the answer that has come meanwhile is theirs', async (t) => {
  const { server, grants, metrics } = await askingGrants(t);
  const { open, release } = held(server);
  for (let i = 0; i < LEAST_OF_STRANGERS; i++) void grants.ask(NODES, bearer(`${i}`));
  await eventually(() => open() === LEAST_OF_STRANGERS, 'there is no room for more');
  const both = [1, 2].map(() => grants.ask(NODES, bearer('twice'), WAIT_MS));
  assert.match(await metrics(), /watchsieve_grants_total\{result="shared"\} 1\n/);
  release(LEAST_OF_STRANGERS);
  await eventually(() => open() === 1, 'it is asked once');
  release(1);
  assert.deepEqual(await Promise.all(both), ['allowed', 'allowed']);
  assert.equal(server.reviews.length, LEAST_OF_STRANGERS + 1);
});
