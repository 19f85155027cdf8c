/** Bodies while they arrive (R27). */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { Bodies, BodyRefused, type NextTurn } from '../../../src/install/webhook/bodies.ts';

const LIMITS = { bytesEach: 100, bytesInAll: 250 };

/** A body that is being sent, and what becomes of it. */
function sending(
  bodies: Bodies,
  answer: (nextTurn: NextTurn) => Promise<void> = () => Promise.resolve(),
  announced?: number,
) {
  const stream = new PassThrough();
  const outcome: { text?: string; refused?: number; broken?: unknown } = {};
  const over = bodies
    .use(
      stream,
      async (bytes, nextTurn) => {
        outcome.text = bytes.toString();
        await answer(nextTurn);
      },
      announced,
    )
    .catch((error: unknown) => {
      if (error instanceof BodyRefused) outcome.refused = error.statusCode;
      else outcome.broken = error;
    });
  const send = async (bytes: number) => {
    stream.write('x'.repeat(bytes));
    await setImmediate();
  };
  return { stream, outcome, over, send };
}

test('a body of the limit is read, one byte more is 413', async () => {
  const bodies = new Bodies(LIMITS);
  for (const [bytes, expected] of [
    [100, { text: 'x'.repeat(100) }],
    [101, { refused: 413 }],
  ] as const) {
    const { stream, outcome, over } = sending(bodies);
    stream.write('x'.repeat(60));
    stream.end('x'.repeat(bytes - 60));
    await over;
    assert.deepEqual(outcome, expected);
  }
});

test('where there is no room for more, the one that has been arriving for longest is 503', async () => {
  const bodies = new Bodies(LIMITS);
  const [first, second, third] = [sending(bodies), sending(bodies), sending(bodies)];
  await second.send(100);
  await first.send(100);
  await third.send(50);
  assert.deepEqual([first.outcome, second.outcome, third.outcome], [{}, {}, {}]);
  await third.send(1);
  assert.deepEqual([first.outcome, second.outcome, third.outcome], [{ refused: 503 }, {}, {}]);
  // The room of the first is free again, and what it still sends takes none.
  await first.send(1000);
  const small = sending(bodies);
  small.stream.end('small');
  await small.over;
  assert.equal(small.outcome.text, 'small');
  for (const { stream } of [second, third]) stream.end();
  await Promise.all([second.over, third.over]);
  assert.deepEqual([second.outcome.text?.length, third.outcome.text?.length], [100, 51]);
});

test('what a body is said to have has its room before a byte is read, or is refused', async () => {
  const bodies = new Bodies(LIMITS);
  const saying = (announced: number) => sending(bodies, () => Promise.resolve(), announced);
  const tooLarge = saying(101);
  await setImmediate();
  assert.deepEqual(tooLarge.outcome, { refused: 413 });
  const [first, second, third] = [saying(100), saying(100), saying(50)];
  await second.send(100);
  await third.send(50);
  assert.deepEqual([first.outcome, second.outcome, third.outcome], [{}, {}, {}]);
  const fourth = saying(1);
  await setImmediate();
  assert.deepEqual([first.outcome, second.outcome, third.outcome], [{ refused: 503 }, {}, {}]);
  for (const { stream } of [second, third, fourth]) stream.end();
  await Promise.all([second.over, third.over, fourth.over]);
  // All of the room is there again.
  const again = [saying(100), saying(100), saying(50)];
  await setImmediate();
  assert.deepEqual(
    again.map(({ outcome }) => outcome),
    [{}, {}, {}],
  );
});

test('bodies that break off, are refused or are read leave nothing behind: room for as many again', async () => {
  const bodies = new Bodies(LIMITS);
  for (let round = 0; round < 100; round++) {
    const [broken, large, whole] = [sending(bodies), sending(bodies), sending(bodies)];
    await broken.send(80);
    broken.stream.destroy(new Error('reset'));
    await large.send(90);
    await large.send(90);
    await whole.send(80);
    whole.stream.end();
    await Promise.all([broken.over, large.over, whole.over]);
    assert.equal((broken.outcome.broken as Error).message, 'reset');
    assert.deepEqual(large.outcome, { refused: 413 });
    assert.equal(whole.outcome.text?.length, 80);
  }
});

test('what is whole is handed out one in each turn of the event loop, the smallest first (R27)', async () => {
  const bodies = new Bodies(LIMITS);
  const handed: number[] = [];
  for (const bytes of [100, 60, 5]) {
    const { stream, outcome, over } = sending(bodies);
    stream.end('x'.repeat(bytes));
    void over.then(() => handed.push(outcome.text?.length ?? 0));
  }
  for (let before = 0; before < 3; before = handed.length) {
    await setImmediate();
    assert.ok(handed.length - before <= 1, `${handed.length - before} in one turn`);
  }
  assert.deepEqual(handed, [5, 60, 100]);
});

test('a body counts until it is answered, is refused no more once it is worked on, and has a turn of its own again (R27)', async () => {
  const bodies = new Bodies(LIMITS);
  const answers = [1, 2].map(() => Promise.withResolvers<undefined>());
  const turns: number[] = [];
  const held = answers.map(({ promise }, index) =>
    sending(bodies, async (nextTurn) => {
      await promise;
      await nextTurn();
      turns.push(index);
    }),
  );
  for (const { stream } of held) stream.end('x'.repeat(100));
  while (held.some(({ outcome }) => outcome.text === undefined)) await setImmediate();
  const third = sending(bodies);
  await third.send(51);
  assert.deepEqual(third.outcome, { refused: 503 });
  for (const { resolve } of answers) resolve(undefined);
  for (let before = 0; before < 2; before = turns.length) {
    await setImmediate();
    assert.ok(turns.length - before <= 1, `${turns.length - before} in one turn`);
  }
  await Promise.all(held.map(({ over }) => over));
  assert.deepEqual(
    [turns, held.map(({ outcome }) => outcome.refused)],
    [
      [0, 1],
      [undefined, undefined],
    ],
  );
  const [again, more] = [sending(bodies), sending(bodies)];
  for (const { stream } of [again, more]) stream.end('x'.repeat(100));
  await Promise.all([again.over, more.over]);
  assert.deepEqual([again.outcome.text?.length, more.outcome.text?.length], [100, 100]);
});
