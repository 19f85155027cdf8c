/** One event, or one object of a list, as it goes over the wire; and what it means, worked out when somebody asks. */
import { decodeEvent, type DecodedObject } from './decode.ts';
import type { Meaning } from './meaning.ts';
import { fieldsOf, own } from './values.ts';
import { textOf } from './decode.ts';

export type TestEncoding = 'json' | 'protobuf';
export type FrameType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

export interface FrameFacts {
  readonly encoding: TestEncoding;
  readonly type: FrameType;
  /** Of its object; empty for a bookmark. */
  readonly name: string;
  readonly resourceVersion: string;
  /** Whether an API server would write exactly these bytes. */
  readonly isPlain: boolean;
  /** Whether its JSON may have a key twice. */
  readonly mayRepeat: boolean;
  /** Whether it ends the initial events. */
  readonly endsInitial: boolean;
  readonly bytes: Buffer;
}

/** What a client holds of an object: as it came in an event or in a list. */
export class Held {
  readonly bytes: Buffer;
  readonly isPlain: boolean;
  readonly #object: DecodedObject;
  readonly #texts = new Map<Meaning, string>();

  constructor(bytes: Buffer, isPlain: boolean, object: DecodedObject) {
    this.bytes = bytes;
    this.isPlain = isPlain;
    this.#object = object;
  }

  /** What a projection with this meaning sees. */
  text(meaning: Meaning): string {
    let text = this.#texts.get(meaning);
    if (text === undefined) {
      text = this.#object.readings.map((reading) => meaning.of(reading)).join('\n\n');
      // Nothing is read in two ways but what has a key twice.
      if (this.#object.readings.length === 1) text = `${text}\n\n${text}`;
      this.#texts.set(meaning, text);
    }
    return text;
  }

  get metadata(): { readonly name: string; readonly resourceVersion: string } {
    const metadata = fieldsOf(this.#object.readings[0]?.['metadata']);
    return { name: textOf(own(metadata, 'name')), resourceVersion: textOf(own(metadata, 'resourceVersion')) };
  }
}

export class Frame {
  readonly facts: FrameFacts;
  #held: Held | undefined;

  constructor(facts: FrameFacts) {
    this.facts = facts;
  }

  /** The object in it. @throws where it does not decode to what it was made from */
  get held(): Held {
    if (this.#held !== undefined) return this.#held;
    const { encoding, bytes, mayRepeat, isPlain, type, name, resourceVersion } = this.facts;
    const event = decodeEvent(encoding, bytes, mayRepeat);
    const held = new Held(bytes, isPlain, event);
    const { metadata } = held;
    if (event.type !== type || metadata.name !== name || metadata.resourceVersion !== resourceVersion)
      throw new Error(
        `${type} ${name} ${resourceVersion} is decoded as ${event.type} ${JSON.stringify(metadata)}`,
      );
    return (this.#held = held);
  }
}
