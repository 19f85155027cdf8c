import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuit } from '../../../src/core/hub/circuit.ts';
import { HubChoice } from '../../../src/core/hub/hub-choice.ts';

test('what fails rests, is tried by one request alone, and then is asked again by all', () => {
  const circuit = new Circuit(() => 0);
  assert.ok(circuit.enter(0) && circuit.enter(0));
  circuit.failed(0);
  assert.equal(circuit.isClosed, false);
  assert.equal(circuit.enter(1999), false);
  assert.equal(circuit.enter(2000), true);
  assert.equal(circuit.enter(2000), false);
  circuit.answered();
  assert.ok(circuit.enter(2001) && circuit.enter(2001));
});

test('rests double up to a minute, and begin anew after an answer', () => {
  const circuit = new Circuit(() => 0);
  const rests: number[] = [];
  let now = 0;
  for (let i = 0; i < 8; i++) {
    circuit.failed(now);
    const since = now;
    while (!circuit.enter(now)) now += 500;
    rests.push(now - since);
  }
  assert.deepEqual(rests, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  circuit.answered();
  circuit.failed(now);
  assert.equal(circuit.enter(now + 2000), true);
});

test('chance spreads the end of a rest over half of it', () => {
  const at = (chance: number): number => {
    const circuit = new Circuit(() => chance);
    circuit.failed(0);
    let now = 0;
    while (!circuit.enter(now)) now++;
    return now;
  };
  assert.equal(at(0), 2000);
  assert.equal(at(0.5), 1500);
  assert.equal(at(0.999), 1001);
});

test('many requests that notice one failure make one rest', () => {
  const circuit = new Circuit(() => 0);
  for (let i = 0; i < 100; i++) circuit.failed(i);
  assert.equal(circuit.enter(2000), true);
});

test('a trial that its client gave up leaves the next one to try', () => {
  const circuit = new Circuit(() => 0);
  circuit.failed(0);
  assert.equal(circuit.enter(2000), true);
  circuit.abandoned(2100);
  assert.equal(circuit.enter(2100), true);
});

test('the same hub is asked while it answers, and the next one while it rests', () => {
  const choice = new HubChoice(['a', 'b', 'c'], () => 0.5);
  const chosen = (now: number) => choice.enter(now);
  const [first, circuit] = chosen(0) ?? [];
  assert.equal(first, 'b');
  circuit?.failed(0);
  const [second, other] = chosen(1) ?? [];
  assert.equal(second, 'c');
  other?.failed(1);
  assert.equal(chosen(2)?.[0], 'a');
  chosen(2)?.[1].failed(2);
  assert.equal(chosen(3), undefined);
  assert.equal(chosen(10_000)?.[0], 'b');
});
