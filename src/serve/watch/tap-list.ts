/** Reads the lists that pass through, after decompression if necessary, and keeps a snapshot of each (R16). */
import { createGunzip } from 'node:zlib';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { valuesOf } from '../proxy/headers.ts';
import type { ListTapping, TapList } from '../proxy/watch-hook.ts';
import type { Forms } from '../../core/sieve/forms.ts';
import { ListTap } from '../../core/sieve/list-tap.ts';
import type { Snapshots } from '../../core/sieve/snapshots.ts';
import { listCodecOf } from '../../core/codec/codecs.ts';
import { askedResource } from './asked-resource.ts';
import type { FilterOf } from './filters.ts';
import type { ListResult } from './watch-metrics.ts';
import { scopeKey } from './snapshot-scope.ts';
import type { Viewers } from './viewer.ts';

export interface TapListOptions {
  readonly filterOf: FilterOf;
  readonly snapshots: Snapshots;
  readonly viewers: Viewers;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** See {@link SieveOptions.passAt}. */
  readonly passAt: (now: number) => number;
  /** The budget for objects of lists and for decoders. */
  readonly budget?: ByteBudget | undefined;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
  /** Called when a list with status 200 has passed through completely. */
  readonly onPassed: (result: ListResult) => void;
}

/** The most compressed bytes that wait for decoding; beyond them the list itself is paused (I6). */
const MAX_WAITING_BYTES = 256 * 1024;
/** The sizes of decoded chunks and of writes to the decoder. With the usual 16 KiB, half of the time is overhead. */
const DECODED_BYTES = 128 * 1024;
const HANDED_BYTES = 64 * 1024;
/** The memory for decoding one list, including its window and the waiting bytes. */
export const DECODER_BYTES = 2 * MAX_WAITING_BYTES;

export function createTapList(options: TapListOptions): TapList {
  const { filterOf, snapshots, viewers, now, passAt, forms, budget, onPassed } = options;
  return ({ classified, head, rawRequestHeaders, caughtUp }) => {
    const header = (wanted: string): string | undefined => valuesOf(head.headers, wanted)[0];
    if (head.statusCode !== 200) return undefined;
    const filter = filterOf(classified);
    if (filter === undefined) return undefined;
    const resource = askedResource(classified.resource, rawRequestHeaders);
    const codec = listCodecOf(header('content-type'), resource);
    const coding = header('content-encoding') ?? 'identity';
    if (codec === undefined || (coding !== 'identity' && coding !== 'gzip')) return unread(onPassed);
    const isGzip = coding === 'gzip';
    if (isGzip && budget?.take(DECODER_BYTES) === false) return unread(onPassed);
    const { projection } = filter.current;
    const { histories } = snapshots;
    const key = scopeKey({
      ...classified,
      ...classified.query,
      resource,
      name: '',
      encoding: codec.name,
      viewer: viewers.of(filter, classified.resource, rawRequestHeaders),
      projection: projection.key,
    });
    const tap = new ListTap(
      {
        codec,
        resource,
        plan: projection.plan,
      },
      { passAt, forms, budget },
    );
    const push = (chunk: Buffer): void => tap.push(chunk, now());
    const finish = (): void => {
      const left = tap.finish();
      if (left !== undefined && snapshots.histories === histories)
        snapshots.keep(key, left.resourceVersion, left.snapshot);
      onPassed(left !== undefined ? 'snapshot' : tap.isPage ? 'page' : 'not_understood');
    };
    const onGone = (): void => {
      tap.release();
      if (isGzip) budget?.give(DECODER_BYTES);
    };
    return isGzip
      ? gunzipped({ push, finish, caughtUp, onGone, onBroken: () => onPassed('not_understood') })
      : plain(push, finish, onGone);
  };
}

/** Lets a list pass through unread. */
function unread(onPassed: TapListOptions['onPassed']): ListTapping {
  return plain(
    () => undefined,
    () => onPassed('unread'),
    () => undefined,
  );
}

function plain(push: (chunk: Buffer) => void, finish: () => void, onGone: () => void): ListTapping {
  return {
    onGone,
    onData: (chunk) => {
      push(chunk);
      return true;
    },
    onEnd: (done) => {
      finish();
      done();
    },
  };
}

interface Decoding {
  readonly push: (chunk: Buffer) => void;
  readonly finish: () => void;
  readonly caughtUp: () => void;
  readonly onGone: () => void;
  /** Called if the gzip data is damaged or cut off. The list leaves no snapshot, but the client gets all its bytes. */
  readonly onBroken: () => void;
}

function gunzipped({ push, finish, caughtUp, onGone, onBroken }: Decoding): ListTapping {
  const gunzip = createGunzip({ chunkSize: DECODED_BYTES });
  let gathered: Buffer | undefined;
  let bytes = 0;
  const handOver = (): void => {
    if (gathered !== undefined && !gunzip.destroyed) gunzip.write(gathered.subarray(0, bytes));
    gathered = undefined;
    bytes = 0;
  };
  /** Copies the chunk, because it is lent only until the call returns (I8). */
  const gather = (chunk: Buffer): void => {
    for (let from = 0; from < chunk.length;) {
      gathered ??= Buffer.allocUnsafeSlow(HANDED_BYTES);
      const copied = chunk.copy(gathered, bytes, from);
      from += copied;
      bytes += copied;
      if (bytes === HANDED_BYTES) handOver();
    }
  };
  gunzip.on('data', push);
  gunzip.on('end', finish);
  gunzip.on('error', onBroken);
  gunzip.on('drain', caughtUp);
  gunzip.on('close', caughtUp);
  return {
    onGone: () => {
      gunzip.destroy();
      onGone();
    },
    onData: (chunk) => {
      if (gunzip.destroyed) return true;
      gather(chunk);
      return gunzip.writableLength + bytes <= MAX_WAITING_BYTES;
    },
    onEnd: (done) => {
      handOver();
      if (gunzip.closed) {
        done();
        return;
      }
      // 'close' follows 'end', or comes alone if decoding was given up.
      gunzip.once('close', done);
      if (!gunzip.destroyed) gunzip.end();
    },
  };
}
