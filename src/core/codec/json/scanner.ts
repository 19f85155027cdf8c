/**
 * Reads a JSON watch frame for its verdict. It walks the frame with a tokenizer: a search could find a whole Node
 * inside an annotation (R15). There is one exception: two parts may be stepped over, see shortcuts.ts. Escapes in keys
 * are decoded before keys are compared. An unexpected shape makes the event `undecodable`, and a line that is not one
 * JSON object with the fields of a WatchEvent is `malformed`.
 */
import { CLOSE_BRACE, JsonCursor, MALFORMED, OPEN_BRACE, QUOTE } from './cursor.ts';
import { JsonProjector } from './projector.ts';
import { compileForJson, type FieldsRule } from './rules.ts';
import { beginsNextItem, END_OF_EVENT, END_OF_ITEM, goLayoutOf } from './shortcuts.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { objectKey } from '../object-key.ts';
import type { FieldsPlan } from '../../projection/plan.ts';
import {
  eventTypeOf,
  INITIAL_EVENTS_END,
  WatchEvent,
  type EventScanner,
  type Understanding,
} from '../watch-event.ts';

const KEY_TYPE = Buffer.from('type');
const KEY_OBJECT = Buffer.from('object');

export class JsonScanner implements EventScanner {
  readonly #root: FieldsRule;
  readonly #cursor = new JsonCursor();
  #event = new WatchEvent();
  readonly #projector: JsonProjector;
  readonly #typeMeta: { readonly kind: string; readonly apiVersion: string };
  #bytes: Buffer = KEY_TYPE;
  #itemEnd = 0;
  /** The last bytes of the current frame or item, see shortcuts.ts; undefined if other bytes may follow the object. */
  #tail: Buffer | undefined = END_OF_EVENT;

  constructor(resource: Resource, plan: FieldsPlan) {
    this.#root = compileForJson(resource, plan);
    this.#typeMeta = { kind: resource.kind, apiVersion: apiVersionOf(resource) };
    this.#projector = new JsonProjector(goLayoutOf(resource), this.#cursor, this.#event.canonical);
  }

  scan(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#tail = END_OF_EVENT;
    this.#read(bytes, start, end, event, this.#readEnvelope);
  }

  scanItem(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#tail = END_OF_ITEM;
    this.#read(bytes, start, end, event, this.#readItem);
  }

  scanLeadingItem(bytes: Buffer, start: number, limit: number, event: WatchEvent): number {
    this.#tail = undefined;
    this.#attempt(bytes, start, limit, event, this.#readLeadingItem, true);
    return event.understanding === 'projected' ? this.#itemEnd : -1;
  }

  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean {
    // An ordinary decoder is fast enough here, because bookmarks are rare and small.
    const event = parse(bytes.toString('utf8', start, end));
    return childOf(event, 'object', 'metadata', 'annotations', INITIAL_EVENTS_END) === 'true';
  }

  /** Reads again without shortcuts if brackets did not match, because a shortcut may have ended in a wrong place. */
  #read(bytes: Buffer, start: number, end: number, event: WatchEvent, value: () => void): void {
    this.#attempt(bytes, start, end, event, value, true);
    if (event.understanding === 'malformed' && this.#projector.isShortened)
      this.#attempt(bytes, start, end, event, value, false);
  }

  /** Reads a value with `value` and fills the event with the result. */
  #attempt(
    bytes: Buffer,
    start: number,
    end: number,
    event: WatchEvent,
    value: () => void,
    mayShorten: boolean,
  ): void {
    event.reset();
    this.#event = event;
    this.#bytes = bytes;
    this.#cursor.reset(bytes, start, end);
    this.#projector.reset(bytes, event.canonical, mayShorten, this.#tail);
    try {
      value();
      if (this.#isIdentified()) {
        const { namespace = '', name = '', resourceVersion = '' } = this.#projector.captured;
        event.key = objectKey(namespace, name);
        event.resourceVersion = resourceVersion;
      }
      event.understanding = this.#understand();
    } catch (error) {
      if (error !== MALFORMED) throw error;
    }
  }

  readonly #readEnvelope = (): void => {
    this.#envelope();
    this.#cursor.expectEnd();
  };

  readonly #readItem = (): void => {
    this.#item();
    this.#cursor.expectEnd();
  };

  /**
   * Reads an item. The result is valid only if another item follows directly: after a shortcut that ended too early, a
   * bracket of the item would still be open, and no other item could begin there.
   */
  readonly #readLeadingItem = (): void => {
    this.#item();
    this.#itemEnd = this.#cursor.at;
    if (!beginsNextItem(this.#bytes, this.#itemEnd, this.#cursor.limit)) throw MALFORMED;
  };

  #item(): void {
    // Items of built-in resources have no kind and no apiVersion, because the list names both for all of its items.
    Object.assign(this.#projector.captured, this.#typeMeta);
    this.#projector.object(this.#root);
  }

  #understand(): Understanding {
    const { unexpected, captured } = this.#projector;
    if (captured.kind === undefined) return 'undecodable';
    if (!this.#isOfKind()) return 'foreign';
    if (unexpected || this.#cursor.hasIllFormedText) return 'undecodable';
    return this.#event.key === '' ? 'undecodable' : 'projected';
  }

  /** True if the object is identified with certainty, even if other parts of it were not understood. */
  #isIdentified(): boolean {
    const { isAmbiguous, captured } = this.#projector;
    const { name, namespace, resourceVersion } = captured;
    if (isAmbiguous || !this.#isOfKind()) return false;
    return isCertain(name) && isCertain(namespace) && isCertain(resourceVersion);
  }

  #isOfKind(): boolean {
    const { captured } = this.#projector;
    const { kind, apiVersion } = this.#typeMeta;
    return captured.kind === kind && captured.apiVersion === apiVersion;
  }

  /** Reads `{"type": ..., "object": ...}` with the two fields in any order. */
  #envelope(): void {
    const cursor = this.#cursor;
    const projector = this.#projector;
    let typeSeen = false;
    let objectSeen = false;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) throw MALFORMED;
    do {
      cursor.key();
      if (cursor.stringIs(KEY_TYPE)) {
        if (typeSeen || cursor.peek() !== QUOTE) this.#unexpectedEnvelope();
        typeSeen = true;
        this.#readType();
      } else if (cursor.stringIs(KEY_OBJECT)) {
        if (objectSeen) this.#unexpectedEnvelope();
        objectSeen = true;
        projector.object(this.#root);
      } else {
        this.#unexpectedEnvelope();
        cursor.skip();
      }
    } while (cursor.more(CLOSE_BRACE));
    if (!typeSeen || !objectSeen) throw MALFORMED;
  }

  #unexpectedEnvelope(): void {
    this.#projector.unexpected = this.#projector.isAmbiguous = true;
  }

  #readType(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== QUOTE) {
      cursor.skip();
      return;
    }
    cursor.string();
    const own = cursor.decoded();
    this.#event.type =
      own === undefined
        ? eventTypeOf(this.#bytes, cursor.stringStart, cursor.stringEnd)
        : eventTypeOf(own, 0, own.length);
  }
}

/** True if all decoders read the same text. Decoders replace invalid bytes and lone surrogates in different ways. */
function isCertain(text: string | undefined): boolean {
  return text === undefined || (text.isWellFormed() && !text.includes('\ufffd'));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function childOf(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, key)?.value;
  }
  return at;
}
