/** Frames of the model's server, known by their bytes: nobody has to decode them to judge. */
import { ENCODERS, type Encoding, encodersOf, type EventType } from '../../src/lab/simulator/encoding.ts';
import { bookmarkOf, type Kind } from '../../src/lab/simulator/kind.ts';
import { encodeWatchFrame } from '../../src/lab/simulator/protobuf-body.ts';
import { bytesField } from '../support/encode.ts';
import type { ModelObject, Subject } from './model-object.ts';

export interface ModelFrame {
  readonly type: EventType;
  /** Absent for BOOKMARK and ERROR. */
  readonly object: ModelObject | undefined;
  readonly resourceVersion: string;
  readonly bytes: Buffer;
  /** Part of the initial events; their end included. */
  readonly isInitial: boolean;
  /** Carries the initial-events-end annotation. */
  readonly endsInitial: boolean;
}

type ObjectEvent = 'ADDED' | 'MODIFIED' | 'DELETED';

/**
 * Encoded once per object, type and encoding.
 *
 * @param isOdd with an unknown part that every client skips, but that makes the sieve doubt
 */
export function objectFrame(
  { kind }: Pick<Subject, 'kind'>,
  type: ObjectEvent,
  object: ModelObject,
  encoding: Encoding,
  { isOdd = false, isInitial = false } = {},
): ModelFrame {
  const key = `${type}/${encoding}/${String(isOdd)}`;
  let frames = ENCODED.get(object);
  if (frames === undefined) ENCODED.set(object, (frames = new Map<string, Buffer>()));
  let bytes = frames.get(key);
  if (bytes === undefined) frames.set(key, (bytes = encode(kind, type, object, encoding, isOdd)));
  const { resourceVersion } = object.metadata;
  return { type, object, resourceVersion, bytes, isInitial, endsInitial: false };
}

const ENCODED = new WeakMap<ModelObject, Map<string, Buffer>>();

function encode(
  kind: Kind,
  type: ObjectEvent,
  object: ModelObject,
  encoding: Encoding,
  isOdd: boolean,
): Buffer {
  const encoders = encodersOf(kind);
  const plain = encoders[encoding].frame(type, object);
  if (!isOdd) return plain;
  if (encoding === 'json') return Buffer.from(`${plain.toString().trimEnd().slice(0, -1)},"odd":1}\n`);
  // A field of runtime.Unknown that no version has.
  return encodeWatchFrame(
    type,
    Buffer.concat([encoders.protobuf.object(object), bytesField(9, Buffer.from('odd'))]),
  );
}

export function bookmarkFrame(
  { kind }: Pick<Subject, 'kind'>,
  resourceVersion: string,
  encoding: Encoding,
  endsInitial = false,
): ModelFrame {
  const empty = bookmarkOf(kind, 0, endsInitial);
  const object = { ...empty, metadata: { ...empty.metadata, resourceVersion } };
  const bytes = encodersOf(kind)[encoding].frame('BOOKMARK', object);
  return { type: 'BOOKMARK', object: undefined, resourceVersion, bytes, isInitial: endsInitial, endsInitial };
}

/** What a server sends whose history no longer reaches back to where the client is. */
export function expiredFrame(encoding: Encoding): ModelFrame {
  const bytes = ENCODERS[encoding].statusFrame({
    message: 'too old resource version',
    reason: 'Expired',
    code: 410,
  });
  return {
    type: 'ERROR',
    object: undefined,
    resourceVersion: '',
    bytes,
    isInitial: false,
    endsInitial: false,
  };
}

/** Cuts what a client receives into frames, by an independent reading of the framing. */
export class FrameCutter {
  readonly #encoding: Encoding;
  #tail: Buffer = Buffer.alloc(0);

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /** Bytes behind the last whole frame. */
  get tail(): Buffer {
    return this.#tail;
  }

  /** @returns the frames that are whole now */
  push(bytes: Buffer): Buffer[] {
    const all = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    const frames: Buffer[] = [];
    let at = 0;
    for (;;) {
      const end = this.#endOfFrame(all, at);
      if (end === undefined) break;
      frames.push(all.subarray(at, end));
      at = end;
    }
    this.#tail = all.subarray(at);
    return frames;
  }

  /** What is left when no more comes; a JSON value is whole without its line feed. */
  takeTail(): Buffer {
    const { tail } = this;
    this.#tail = Buffer.alloc(0);
    return tail;
  }

  #endOfFrame(bytes: Buffer, at: number): number | undefined {
    if (this.#encoding === 'json') {
      const lf = bytes.indexOf(0x0a, at);
      return lf === -1 ? undefined : lf + 1;
    }
    if (bytes.length - at < 4) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    return end > bytes.length ? undefined : end;
  }
}
