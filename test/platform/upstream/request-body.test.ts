/** R5, I6: what is kept of a request's body to be sent again, and that the second sending is the first. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { RequestBody } from '../../../src/platform/upstream/request-body.ts';
import { eventually } from '../../support/api-server.ts';

const MIB = 1024 * 1024;

function make(limit = 64 * MIB) {
  const source = new PassThrough();
  source.on('error', () => undefined);
  const budget = new ByteBudget(limit);
  return { source, budget, body: new RequestBody(source, budget) };
}

/** Reads until so many bytes have come, and leaves the rest. */
async function readFirst(stream: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let have = 0;
  while (have < length) {
    const chunk: unknown = stream.read();
    if (Buffer.isBuffer(chunk)) {
      chunks.push(chunk);
      have += chunk.length;
    } else await once(stream, 'readable');
  }
  return Buffer.concat(chunks);
}

test('R5: wherever the first sending stopped, the second has every byte, in order', async () => {
  const text = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  for (const sizes of [[1, 2, 3], [4096], [100_000], [65_536, 1]])
    for (const stopAt of [0, 1, 4097, 250_000, text.length]) {
      const { source, budget, body } = make();
      let at = 0;
      const write = (): void => {
        for (let n = 0; at < text.length; n++) {
          // Single bytes at the beginning alone, where they meet the growth of what is kept.
          const size = at < 10_000 ? (sizes[n % sizes.length] ?? 1) : 50_000;
          const chunk = text.subarray(at, at + size);
          at += chunk.length;
          if (!source.write(chunk)) {
            source.once('drain', write);
            return;
          }
        }
        source.end();
      };
      write();
      const first = await readFirst(body.open(), stopAt);
      assert.ok(first.equals(text.subarray(0, first.length)));
      assert.ok(body.takeBack());
      const second = await buffer(body.open());
      assert.ok(second.equals(text), `${sizes.join()} ${stopAt}: ${second.length} bytes`);
      body.destroy();
      assert.equal(budget.held, 0);
    }
});

test('R5: a body that is still being sent to us goes on in the second sending', async () => {
  const { source, body } = make();
  source.write('first ');
  assert.equal(String(await readFirst(body.open(), 6)), 'first ');
  const second = buffer(body.open());
  source.write('second ');
  source.end('third');
  assert.equal(String(await second), 'first second third');
});

test('I6: more than 1 MiB, or than the budget has, is not kept, and passes all the same', async () => {
  for (const [limit, length] of [
    [64 * MIB, MIB + 1],
    [10_000, 10_001],
    [0, 1],
  ] as const) {
    const { source, budget, body } = make(limit);
    const text = Buffer.alloc(length, 'x');
    const sent = buffer(body.open());
    source.end(text);
    assert.ok((await sent).equals(text));
    assert.equal(body.takeBack(), false, `${length} of ${limit}`);
    assert.equal(budget.held, 0);
  }
});

test('I6: what is kept is drawn from the budget, and given back when the answer begins', async () => {
  const { source, budget, body } = make();
  const reading = body.open();
  source.write(Buffer.alloc(9000));
  await readFirst(reading, 9000);
  assert.ok(budget.held >= 9000 && budget.held <= 2 * 9000, `${budget.held} bytes`);
  body.keepNoMore();
  assert.equal(budget.held, 0);
  const rest = buffer(reading);
  source.end('rest');
  assert.equal(String(await rest), 'rest');
  assert.equal(body.takeBack(), false);
  body.destroy();
  assert.equal(budget.held, 0);
});

test('R5: an answer that begins before the second sending was read leaves it whole', async () => {
  const { source, body } = make();
  source.end('all of it');
  assert.equal(String(await buffer(body.open())), 'all of it');
  const second = body.open();
  body.keepNoMore();
  assert.equal(String(await buffer(second)), 'all of it');
});

test('R5: between two sendings nothing is read, so that what was whole for the one is whole for the other', async () => {
  for (const [limit, length] of [
    [10_000, 50_000],
    [64 * MIB, 2 * MIB],
  ] as const) {
    const { source, budget, body } = make(limit);
    const text = Buffer.from(Array.from({ length }, (_, n) => n % 251));
    // The first sending asks for more all the time, also when upstream has turned it away.
    const first = body.open().resume();
    source.write(text.subarray(0, 5000));
    await eventually(() => budget.held >= 5000, 'its beginning is kept');
    assert.equal(body.takeBack(), true);
    source.end(text.subarray(5000));
    await eventually(() => first.closed, 'the first is over');
    const second = await buffer(body.open());
    assert.ok(second.equals(text), `${second.length} of ${length} bytes`);
    assert.equal(budget.held, 0);
  }
});

test('R5: of a body that was not kept whole there is no second sending', async () => {
  const { source, body } = make(10);
  source.end('more than ten bytes');
  await buffer(body.open());
  assert.equal(body.takeBack(), false);
});

test('R10: a body that breaks breaks each sending, and never ends it', async () => {
  const { source, body } = make();
  const first = body.open();
  source.write('half');
  await readFirst(first, 4);
  source.destroy(new Error('broken'));
  if (!first.closed) await once(first, 'close').catch(() => undefined);
  assert.equal(first.readableEnded, false);
  await assert.rejects(buffer(body.open()), /./);
});

test('R11: nothing is read of a body that nobody asks for', async () => {
  const { source, body } = make();
  const reading = body.open();
  while (source.write(Buffer.alloc(16 * 1024)));
  await readFirst(reading, 1);
  let taken = 0;
  while (taken < 20 && source.write(Buffer.alloc(16 * 1024))) taken += 1;
  await eventually(() => source.writableNeedDrain, 'the source is held up');
});
