/** Looks at lists of Nodes while they pass, decoding what is compressed, and keeps the snapshot that each is (R16). */
import { createGunzip } from 'node:zlib';
import { valuesOf } from '../proxy/headers.ts';
import { type ListTapping, type TapList } from '../proxy/watch-hook.ts';
import { type Filter } from '../sieve/filter.ts';
import { type Forms } from '../sieve/forms.ts';
import { ListTap } from '../sieve/list-tap.ts';
import { type Snapshots } from '../sieve/snapshots.ts';
import { listEncodingOf } from '../wire/encoding.ts';
import { scopeKey } from './snapshot-scope.ts';

export interface TapListOptions {
  /** As it is now. */
  readonly filter: { readonly current: Filter };
  readonly snapshots: Snapshots;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** See the sieve's option of this name. */
  readonly passAt: (now: number) => number;
  /** See the sieve's option of this name. */
  readonly forms?: Forms | undefined;
}

/** Compressed bytes that may wait to be decoded; beyond it the list is not looked at any more (I6). */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Decoded at a time: with the 16 KiB that is the default, half of the time goes into handing pieces over. */
const DECODED_BYTES = 64 * 1024;

export function createTapList({ filter, snapshots, now, passAt, forms }: TapListOptions): TapList {
  return ({ classified, head }) => {
    const header = (wanted: string): string | undefined => valuesOf(head.headers, wanted)[0];
    const encoding = listEncodingOf(header('content-type'));
    if (head.statusCode !== 200 || encoding === undefined) return undefined;
    const { projection } = filter.current;
    const key = scopeKey({
      ...classified,
      ...classified.query,
      name: '',
      encoding,
      projection: projection.key,
    });
    const tap = new ListTap({ encoding, plan: projection.plan, passAt, forms });
    const plain: ListTapping = {
      onData: (chunk) => tap.push(chunk, now()),
      onEnd: (done) => {
        const left = tap.finish();
        if (left !== undefined) snapshots.keep(key, left.resourceVersion, left.snapshot);
        done();
      },
    };
    switch (header('content-encoding') ?? 'identity') {
      case 'identity':
        return plain;
      case 'gzip':
        return gunzipped(plain);
      default:
        return undefined;
    }
  };
}

function gunzipped(plain: ListTapping): ListTapping {
  const gunzip = createGunzip({ chunkSize: DECODED_BYTES });
  gunzip.on('data', (chunk: Buffer) => plain.onData(chunk));
  gunzip.on('end', () => plain.onEnd(() => undefined));
  // Not gzip after all: no snapshot, and the client has its bytes all the same.
  gunzip.on('error', () => gunzip.destroy());
  return {
    onData: (chunk) => {
      if (gunzip.writableLength > MAX_WAITING_BYTES) gunzip.destroy();
      if (!gunzip.destroyed) gunzip.write(chunk);
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
