/** Looks at lists while they pass, decoding what is compressed, and keeps the snapshot that each is (R16). */
import { createGunzip } from 'node:zlib';
import { type ByteBudget } from '../../core/limits/byte-budget.ts';
import { valuesOf } from '../proxy/headers.ts';
import { type ListTapping, type TapList } from '../proxy/watch-hook.ts';
import { type Filter } from '../../core/projection/filter.ts';
import { type Forms } from '../../core/sieve/forms.ts';
import { ListTap } from '../../core/sieve/list-tap.ts';
import { type Snapshots } from '../../core/sieve/snapshots.ts';
import { listCodecOf } from '../../core/codec/codecs.ts';
import { askedResource } from './asked-resource.ts';
import { type ListResult } from './watch-metrics.ts';
import { scopeKey } from './snapshot-scope.ts';
import { type Viewer } from './viewer.ts';

export interface TapListOptions {
  /** As it is now. */
  readonly filter: { readonly current: Filter };
  readonly snapshots: Snapshots;
  readonly viewer: Viewer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** See the sieve's option of this name. */
  readonly passAt: (now: number) => number;
  /** What objects of lists are drawn from, and decoders. */
  readonly budget?: ByteBudget | undefined;
  /** See the sieve's option of this name. */
  readonly forms?: Forms | undefined;
  /** A list that upstream answered with 200 has passed to its end. */
  readonly onPassed: (result: ListResult) => void;
}

/** Compressed bytes that may wait to be decoded; beyond them the list itself has to wait (I6). */
const MAX_WAITING_BYTES = 256 * 1024;
/** Decoded at a time: with the 16 KiB that is the default, 40 % of the time goes into handing pieces over. */
const DECODED_BYTES = 128 * 1024;
/** What decoding one list costs, its window and what waits included. */
const DECODER_BYTES = 2 * MAX_WAITING_BYTES;

export function createTapList(options: TapListOptions): TapList {
  const { filter, snapshots, viewer, now, passAt, forms, budget, onPassed } = options;
  return ({ classified, head, rawRequestHeaders, caughtUp }) => {
    const header = (wanted: string): string | undefined => valuesOf(head.headers, wanted)[0];
    if (head.statusCode !== 200) return undefined;
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
      viewer: viewer(rawRequestHeaders),
      projection: projection.key,
    });
    const tap = new ListTap({
      codec,
      resource,
      plan: projection.plan,
      passAt,
      forms,
      budget,
    });
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

/** Passes to its end without being looked at. */
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
  /** Not gzip after all, or cut off: no snapshot, and the client has its bytes all the same. */
  readonly onBroken: () => void;
}

function gunzipped({ push, finish, caughtUp, onGone, onBroken }: Decoding): ListTapping {
  const gunzip = createGunzip({ chunkSize: DECODED_BYTES });
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
      gunzip.write(chunk);
      return gunzip.writableLength <= MAX_WAITING_BYTES;
    },
    onEnd: (done) => {
      if (gunzip.closed) {
        done();
        return;
      }
      // After 'end', and without it where decoding was given up.
      gunzip.once('close', done);
      if (!gunzip.destroyed) gunzip.end();
    },
  };
}
