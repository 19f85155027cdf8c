/** Compressed watches, decoded as they come (R13): recorded ones in every chunking, broken ones, back-pressure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { constants, createGzip, gunzip, gzipSync } from 'node:zlib';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import {
  DECODER_BYTES,
  GunzippedSource,
  type GunzipHandler,
} from '../../../src/serve/watch/gunzipped-source.ts';
import { eventually } from '../../support/api-server.ts';
import { fixture, gunzipped } from '../../support/fixtures.ts';
import { cutAt } from '../../support/frame-sieves.ts';
import { inTurn } from '../../support/property-runs.ts';

interface Told {
  /** What came out, in the pieces it came in. */
  readonly pieces: Buffer[];
  readonly output: () => Buffer;
  /** `end`, or the code of the error. */
  readonly endings: string[];
  readonly upstream: string[];
}

/** A source whose sink takes everything, unless `takes` says otherwise. */
function decoding(takes: () => boolean = () => true) {
  const changed = new EventTarget();
  const say = () => changed.dispatchEvent(new Event('change'));
  const told: Told = { pieces: [], endings: [], upstream: [], output: () => Buffer.concat(told.pieces) };
  const source = new GunzippedSource({
    abort: () => told.upstream.push('abort'),
    resume: () => {
      told.upstream.push('resume');
      say();
    },
  });
  const handler = source.into({
    onData(chunk) {
      told.pieces.push(chunk);
      say();
      return takes();
    },
    onEnd() {
      told.endings.push('end');
      say();
    },
    giveWay: () => undefined,
    onError({ code }) {
      told.endings.push(code);
      say();
    },
  });
  /** Resolves when this holds; asked again whenever the source has said something. */
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        changed.removeEventListener('change', look);
        resolve();
      };
      changed.addEventListener('change', look);
      look();
    });
  const over = () => until(() => told.endings.length > 0);
  return { source, handler, told, until, over };
}

/** Chunks in memory that is used for something else once they were taken (I8). */
function feed(handler: { onData(chunk: Buffer): boolean }, chunks: readonly Buffer[]): void {
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    handler.onData(borrowed);
    borrowed.fill(0xff);
  }
}

async function decode(chunks: readonly Buffer[]): Promise<Told> {
  const { handler, told, over } = decoding();
  feed(handler, chunks);
  handler.onEnd();
  await over();
  return told;
}

const chunksOf = (bytes: Buffer, size: number): Buffer[] =>
  cutAt(
    bytes,
    Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, i) => (i + 1) * size),
  );

for (const [at, name] of ['watchlist-gzip.json.gz', 'watchlist-gzip.pb.gz'].entries())
  describe(`${name}, as a real API server sent it: a member for each flush (R13)`, () => {
    const bytes = fixture(name);
    const plain = gunzipped(name);

    for (const size of inTurn([7, 1, 100, 16_384, bytes.length], at * 2))
      test(`in chunks of ${size}`, async () => {
        // A call into zlib for each byte of all 120 KB takes seconds: the first members will do.
        const cut = size === 1 ? 20_000 : bytes.length;
        const { output, endings } = await decode([
          ...chunksOf(bytes.subarray(0, cut), size),
          bytes.subarray(cut),
        ]);
        assert.ok(output().equals(plain));
        assert.deepEqual(endings, ['end']);
      });

    test('cut off anywhere: all that was whole comes out, and upstream broke (R9)', async () => {
      for (let at = 1; at < bytes.length; at += 4999) {
        const { output, endings } = await decode([bytes.subarray(0, at)]);
        assert.ok(plain.subarray(0, output().length).equals(output()), `cut at ${at}`);
        assert.deepEqual(endings, ['encoding'], `cut at ${at}`);
      }
    });
  });

test('each flush comes out at once: nothing has to follow it, neither a member nor the end (R6, R13)', async () => {
  const events = Array.from({ length: 20 }, (_, i) => Buffer.from(`{"type":"MODIFIED","object":${i}}\n`));
  const members = decoding();
  for (const [i, event] of events.entries()) {
    feed(members.handler, [gzipSync(event)]);
    await members.until(() => members.told.output().equals(Buffer.concat(events.slice(0, i + 1))));
  }

  // One member for the whole stream, as v0.37.0-alpha.2 of the API server sent it.
  const single = decoding();
  const gzip = createGzip();
  gzip.on('data', (chunk: Buffer) => single.handler.onData(chunk));
  for (const [i, event] of events.entries()) {
    gzip.write(event);
    gzip.flush(constants.Z_SYNC_FLUSH);
    await single.until(() => single.told.output().equals(Buffer.concat(events.slice(0, i + 1))));
  }
  gzip.once('end', () => single.handler.onEnd());
  gzip.end();
  await single.over();
  assert.deepEqual(single.told.endings, ['end']);
  members.source.abort();
});

describe('a compressed stream that is not whole ends as one that upstream broke (R9, R13)', () => {
  const event = Buffer.from('{"type":"ADDED"}\n');
  const member = gzipSync(event);
  const flipped = Buffer.from(member);
  flipped[member.length - 6] = (flipped[member.length - 6] ?? 0) ^ 0xff;
  const cases: Readonly<Record<string, readonly Buffer[]>> = {
    'no gzip at all': [Buffer.from('{"type":"ADDED"}\n')],
    'bytes behind the last member': [member, Buffer.from('junk')],
    'bytes behind the last member, in the same chunk': [Buffer.concat([member, Buffer.from('junk')])],
    'zero bytes behind a member, which could be padding': [member, Buffer.alloc(8)],
    'a member behind padding': [member, Buffer.alloc(8), member],
    'the first byte of another member': [member, member.subarray(0, 1)],
    'half a member': [member, member.subarray(0, 15)],
    'no trailer': [member.subarray(0, -8)],
    'a wrong checksum': [flipped],
    'a broken member in the middle': [member, flipped, member],
  };
  for (const [name, chunks] of Object.entries(cases))
    test(name, async () => {
      const { output, endings, upstream } = await decode(chunks);
      assert.ok(Buffer.concat([event, event, event]).subarray(0, output().length).equals(output()));
      assert.deepEqual(endings, ['encoding']);
      assert.ok(upstream.includes('abort'), 'nothing more is read');
    });

  test('no bytes are no broken member: upstream had nothing to flush', async () => {
    assert.deepEqual((await decode([])).endings, ['end']);
  });

  test('an empty member is whole', async () => {
    const { output, endings } = await decode([gzipSync(Buffer.alloc(0)), member]);
    assert.ok(output().equals(event));
    assert.deepEqual(endings, ['end']);
  });

  for (const cut of [member.length, member.length - 4])
    test(`where upstream says why it broke, that is the reason, after ${cut} of ${member.length} bytes`, async () => {
      const { handler, told, over } = decoding();
      feed(handler, [member, member.subarray(0, cut)]);
      handler.onError(Object.assign(new Error('no answer to a PING'), { code: 'dead' }));
      await over();
      assert.deepEqual(told.endings, ['dead']);
      assert.ok(told.output().equals(Buffer.concat([event, event])));
    });

  test('also before the first byte', () => {
    const { handler, told } = decoding();
    handler.onError(Object.assign(new Error('reset'), { code: 'reset' }));
    assert.deepEqual(told.endings, ['reset']);
  });
});

/** A clock that only decoding moves: what could have been decoded meanwhile has been. */
async function othersDecoded(): Promise<void> {
  const small = gzipSync(Buffer.alloc(100_000));
  for (let time = 0; time < 5; time++) await promisify(gunzip)(small);
}

describe('back-pressure (R11, I6)', () => {
  const BOMB_BYTES = 200_000_000;
  /** 200 MB of spaces, in some 200 KB. */
  const bomb = gzipSync(Buffer.alloc(BOMB_BYTES, 0x20), { level: 9 });

  test('a bomb unpacks only as far as its client takes it', async () => {
    const { source, handler, told, until } = decoding(() => false);
    let asked = 0;
    for (const chunk of chunksOf(bomb, 16_384)) {
      asked += 1;
      if (!handler.onData(chunk)) break;
    }
    assert.ok(asked * 16_384 < bomb.length, 'upstream was asked for a pause');
    for (let taken = 1; taken <= 20; taken++) {
      await until(() => told.pieces.length >= taken);
      await othersDecoded();
      assert.equal(told.pieces.length, taken, 'one piece for each resume');
      source.resume();
    }
    assert.ok(told.output().length <= 21 * 64 * 1024);
    assert.deepEqual(told.upstream, [], 'what was read is not used up yet');
    source.abort();
    assert.deepEqual(told.upstream, ['abort']);
  });

  test('upstream is resumed when the decoder has used up what it was given', async () => {
    const { source, handler, told, until } = decoding();
    const noise = Buffer.alloc(300_000, 'abcdefg');
    const chunks = chunksOf(gzipSync(noise, { level: 0 }), 16_384);
    for (const chunk of chunks)
      if (!handler.onData(chunk)) {
        const before = told.upstream.length;
        await until(() => told.upstream.length > before);
      }
    await until(() => told.output().length === noise.length);
    assert.ok(told.output().equals(noise));
    assert.ok(told.upstream.includes('resume'));
    source.abort();
  });

  test('after an abort nothing is heard of it any more, whatever upstream still sends', () => {
    const { source, handler, told } = decoding();
    handler.onData(gzipSync('a'));
    source.abort();
    assert.equal(handler.onData(gzipSync('b')), true);
    handler.onEnd();
    assert.deepEqual([told.pieces, told.endings], [[], []]);
  });
});

describe('a decoder draws on the budget for as long as it is there (I6)', () => {
  const endings: Readonly<Record<string, (source: GunzippedSource, handler: GunzipHandler) => void>> = {
    'upstream ends': (_source, handler) => {
      handler.onData(gzipSync('x'));
      handler.onEnd();
    },
    'upstream ends without a byte': (_source, handler) => handler.onEnd(),
    'upstream breaks off': (_source, handler) => {
      handler.onData(gzipSync('x').subarray(0, 5));
      handler.onError(Object.assign(new Error(), { code: 'reset' }));
    },
    'upstream breaks off before the first byte': (_source, handler) =>
      handler.onError(Object.assign(new Error(), { code: 'reset' })),
    'what comes is not gzip': (_source, handler) => void handler.onData(Buffer.from('no member')),
    'its client goes': (source) => source.abort(),
  };
  for (const [how, end] of Object.entries(endings))
    test(`until ${how}`, async () => {
      const budget = new ByteBudget(2 * DECODER_BYTES - 1);
      const upstream = { abort: () => undefined, resume: () => undefined };
      const source = GunzippedSource.within(budget, upstream);
      assert.ok(source !== undefined);
      assert.equal(budget.held, DECODER_BYTES);
      assert.equal(GunzippedSource.within(budget, upstream), undefined);
      const nobody = { onData: () => true, onEnd: () => undefined, giveWay: () => undefined };
      end(source, source.into({ ...nobody, onError: () => undefined }));
      await eventually(() => budget.held === 0, 'it has given all back');
    });
});
