/**
 * Reads a JSON watch frame for its verdict. A real tokenizer decides, never a search for text: an annotation may
 * hold a whole Node (R15). Keys are compared after their escapes are decoded; anything of another shape than
 * expected is doubt (`undecodable`), and a line that is not one JSON object of a WatchEvent is `malformed`.
 */
import { CLOSE_BRACE, JsonCursor, MALFORMED, OPEN_BRACE, QUOTE } from './cursor.ts';
import { JsonProjector } from './projector.ts';
import { compileForJson, type FieldsRule } from './rules.ts';
import { END_OF_EVENT, END_OF_ITEM, goLayoutOf } from './shortcuts.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { objectKey } from '../object-key.ts';
import { type FieldsPlan } from '../../projection/plan.ts';
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
  /** What a frame of the kind being read ends with; see json-shortcuts.ts. */
  #tail = END_OF_EVENT;

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

  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean {
    // Bookmarks are rare and small: an ordinary decoder will do.
    const event = parse(bytes.toString('utf8', start, end));
    return childOf(event, 'object', 'metadata', 'annotations', INITIAL_EVENTS_END) === 'true';
  }

  /** Where a shortcut ended anywhere but at an end, brackets do not match: then all of it is walked. */
  #read(bytes: Buffer, start: number, end: number, event: WatchEvent, value: () => void): void {
    this.#attempt(bytes, start, end, event, value, true);
    if (event.understanding === 'malformed' && this.#projector.isShortened)
      this.#attempt(bytes, start, end, event, value, false);
  }

  /** Reads the one value of a frame, behind which only white space may follow, and says what was understood. */
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
    this.#projector.reset(bytes, event.canonical, mayShorten ? this.#tail : undefined);
    try {
      value();
      this.#cursor.expectEnd();
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

  readonly #readEnvelope = (): void => this.#envelope();

  readonly #readItem = (): void => {
    // The list says once what its items are.
    Object.assign(this.#projector.captured, this.#typeMeta);
    this.#projector.object(this.#root);
  };

  #understand(): Understanding {
    const { unexpected, captured } = this.#projector;
    if (captured.kind === undefined) return 'undecodable';
    if (!this.#isOfKind()) return 'foreign';
    if (unexpected || this.#cursor.hasIllFormedText) return 'undecodable';
    return this.#event.key === '' ? 'undecodable' : 'projected';
  }

  /** Whether it is certain which object this is, however much of it was understood. */
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

  /** `{"type": ..., "object": ...}`, in any order. */
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

/** Absent text is. Other text may stand for bytes or surrogates that a decoder replaced, each in its own way. */
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
