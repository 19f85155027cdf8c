/**
 * Every frame that a history may rightly be told by, under its bytes: what a client is sent and does not stand in here was
 * made up by somebody. Nobody has to decode anything to judge.
 */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { keyOf } from '../../src/lab/simulator/api-object.ts';
import { bookmarkFrame, expiredFrame, type ModelFrame, objectFrame } from '../model/model-frame.ts';
import { atResourceVersion, type ModelObject, projectionOf, type Seen } from '../model/model-object.ts';
import type { ModelServer } from '../model/model-server.ts';
import type { Received, Was } from './history.ts';

const EXPIRED = (['json', 'protobuf'] as const).map((encoding) => expiredFrame(encoding).bytes);

export class FrameBook {
  readonly #server: ModelServer;
  readonly #seen: Seen;
  readonly #frames = new Map<string, ModelFrame>();
  /** How many entries of the server's history are in. */
  #written = 0;

  constructor(server: ModelServer, seen: Seen) {
    this.#server = server;
    this.#seen = seen;
  }

  was(object: ModelObject): Was {
    return {
      key: keyOf(object.metadata),
      resourceVersion: BigInt(object.metadata.resourceVersion),
      meaning: projectionOf(this.#seen, object),
    };
  }

  /** What a client received with these bytes. */
  read(bytes: Buffer): Received {
    this.#write();
    const frame = this.#frames.get(bytes.toString('latin1'));
    if (frame === undefined) throw new Error(`I3: no server ever sent ${bytes.toString('latin1')}`);
    const { type, object, resourceVersion, endsInitial } = frame;
    if (type === 'ERROR') throw new Error('an error is no event');
    if (type === 'BOOKMARK' || object === undefined)
      return { kind: 'bookmark', resourceVersion: BigInt(resourceVersion), endsInitial };
    const kinds = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;
    return { kind: kinds[type], was: this.was(object) };
  }

  /** Of an event or a bookmark, of whichever history. */
  resourceVersionOf(bytes: Buffer): bigint | undefined {
    this.#write();
    const frame = this.#frames.get(bytes.toString('latin1'));
    return frame && BigInt(frame.resourceVersion);
  }

  isError(bytes: Buffer): boolean {
    return EXPIRED.some((expired) => expired.equals(bytes));
  }

  /** History goes on from an earlier entry. What was sent has been sent. */
  restored(last: number): void {
    this.#write();
    this.#written = last + 1;
  }

  #write(): void {
    const server = this.#server;
    const { subject } = server.options;
    for (; this.#written <= server.last; this.#written++) {
      const { key, isOdd, store, resourceVersion } = server.entry(this.#written);
      const before = this.#written === 0 ? undefined : server.entry(this.#written - 1).store;
      const changed = key === undefined ? [] : [store.get(key)];
      const objects = this.#written === 0 ? [...store.values()] : changed;
      const gone = key !== undefined && !store.has(key) ? before?.get(key) : undefined;
      for (const encoding of ['json', 'protobuf'] as const) {
        for (const object of objects)
          if (object !== undefined)
            for (const type of ['ADDED', 'MODIFIED'] as const) {
              this.#add(objectFrame(subject, type, object, encoding));
              if (isOdd) this.#add(objectFrame(subject, type, object, encoding, { isOdd }));
            }
        if (gone !== undefined) {
          const last = atResourceVersion(gone, resourceVersion);
          this.#add(objectFrame(subject, 'DELETED', last, encoding, { isOdd }));
        }
        this.#bookmarks(resourceVersion, encoding);
      }
    }
  }

  #bookmarks(resourceVersion: string, encoding: Encoding): void {
    for (const end of [false, true])
      this.#add(bookmarkFrame(this.#server.options.subject, resourceVersion, encoding, end));
  }

  #add(frame: ModelFrame): void {
    this.#frames.set(frame.bytes.toString('latin1'), frame);
  }
}
