/**
 * Reads a JSON watch frame for its verdict. A real tokenizer decides, never a search for text: an annotation may
 * hold a whole Node (R15). Keys are compared after their escapes are decoded; anything of another shape than
 * expected is doubt (`undecodable`), and a line that is not one JSON object of a WatchEvent is `malformed`.
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  JsonCursor,
  MALFORMED,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-cursor.ts';
import {
  type Capture,
  compileForJson,
  type FieldsRule,
  type KeyRule,
  type Rule,
  type WhereRule,
} from './json-rules.ts';
import { MapEntries } from './map-entries.ts';
import { type FieldsPlan } from './plan.ts';
import {
  eventTypeOf,
  INITIAL_EVENTS_END,
  PROJECTED_KIND,
  WatchEvent,
  type EventScanner,
  type Understanding,
} from './watch-event.ts';

/** Part numbers for fields that the plan does not name: their key, then their value. */
const REST_KEY = 1;
const REST_VALUE = 2;
const ITEM = 3;

const KEY_TYPE = Buffer.from('type');
const KEY_OBJECT = Buffer.from('object');
const TRUE = Buffer.from('True');
const LETTER_N = 0x6e;

export class JsonScanner implements EventScanner {
  readonly #root: FieldsRule;
  readonly #cursor = new JsonCursor();
  readonly #map = new MapEntries();
  #bytes: Buffer = KEY_TYPE;
  #event = new WatchEvent();
  /** Set where a value has another shape than the plan expects: doubt, unless the kind turns out to be foreign. */
  #unexpected = false;
  #kind: string | undefined;
  #apiVersion: string | undefined;
  #name: string | undefined;
  #resourceVersion: string | undefined;

  constructor(plan: FieldsPlan) {
    this.#root = compileForJson(plan);
  }

  scan(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#begin(bytes, start, end, event);
    try {
      this.#envelope();
      event.understanding = this.#understand();
      event.name = this.#name ?? '';
      event.resourceVersion = this.#resourceVersion ?? '';
    } catch (error) {
      if (error !== MALFORMED) throw error;
    }
  }

  scanItem(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#begin(bytes, start, end, event);
    // The list says once what its items are.
    this.#kind = PROJECTED_KIND.kind;
    this.#apiVersion = PROJECTED_KIND.apiVersion;
    try {
      this.#value(this.#root);
      this.#cursor.expectEnd();
      event.understanding = this.#understand();
      event.name = this.#name ?? '';
    } catch (error) {
      if (error !== MALFORMED) throw error;
    }
  }

  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean {
    // Bookmarks are rare and small: an ordinary decoder will do.
    const event = parseLeniently(bytes.toString('utf8', start, end));
    return (
      childOf(childOf(childOf(event, 'object'), 'metadata'), 'annotations', INITIAL_EVENTS_END) === 'true'
    );
  }

  #begin(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    event.reset();
    this.#event = event;
    this.#bytes = bytes;
    this.#cursor.reset(bytes, start, end);
    this.#unexpected = false;
    this.#kind = this.#apiVersion = this.#name = this.#resourceVersion = undefined;
  }

  #understand(): Understanding {
    if (this.#kind === undefined) return 'undecodable';
    if (this.#kind !== PROJECTED_KIND.kind || this.#apiVersion !== PROJECTED_KIND.apiVersion)
      return 'foreign';
    return this.#unexpected || this.#name === undefined || this.#name === '' ? 'undecodable' : 'projected';
  }

  /** `{"type": ..., "object": ...}`, in any order, and nothing after it but white space. */
  #envelope(): void {
    const cursor = this.#cursor;
    let typeSeen = false;
    let objectSeen = false;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) throw MALFORMED;
    do {
      cursor.key();
      if (this.#stringIs(KEY_TYPE)) {
        if (typeSeen || cursor.peek() !== QUOTE) this.#unexpected = true;
        typeSeen = true;
        this.#readType();
      } else if (this.#stringIs(KEY_OBJECT)) {
        if (objectSeen) this.#unexpected = true;
        objectSeen = true;
        this.#value(this.#root);
      } else {
        this.#unexpected = true;
        cursor.skip();
      }
    } while (cursor.more(CLOSE_BRACE));
    cursor.expectEnd();
    if (!typeSeen || !objectSeen) throw MALFORMED;
  }

  #readType(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== QUOTE) {
      cursor.skip();
      return;
    }
    cursor.string();
    const own = cursor.stringEscaped ? this.#decoded() : undefined;
    this.#event.type =
      own === undefined
        ? eventTypeOf(this.#bytes, cursor.stringStart, cursor.stringEnd)
        : eventTypeOf(own, 0, own.length);
  }

  #value(rule: Rule): void {
    const cursor = this.#cursor;
    switch (rule.kind) {
      case 'fields':
        if (this.#beginsWith(OPEN_BRACE)) this.#fields(rule);
        break;
      case 'map':
        if (this.#beginsWith(OPEN_BRACE)) this.#mapEntries();
        break;
      case 'each':
        if (this.#beginsWith(OPEN_BRACKET)) this.#each(rule.item);
        break;
      case 'where':
        if (this.#beginsWith(OPEN_BRACKET)) this.#where(rule);
        break;
      case 'whole':
      case 'skip':
        cursor.skip();
        break;
      default:
        rule satisfies never;
    }
  }

  /** Whether the value is of the expected shape. null counts as absent; any other value is doubt, and skipped. */
  #beginsWith(opener: number): boolean {
    const byte = this.#cursor.peek();
    if (byte === opener) return true;
    if (byte !== LETTER_N) this.#unexpected = true;
    this.#cursor.skip();
    return false;
  }

  #fields(rule: FieldsRule): void {
    const cursor = this.#cursor;
    let seen = 0;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return;
    do {
      cursor.key();
      const known = this.#lookUp(rule);
      if (known !== undefined) {
        // Decoders differ in what two equal keys mean.
        if ((seen & known.bit) !== 0) this.#unexpected = true;
        seen |= known.bit;
        this.#field(known);
      } else if (rule.rest === 'skip') cursor.skip();
      else this.#rest();
    } while (cursor.more(CLOSE_BRACE));
  }

  #field(known: KeyRule): void {
    const { rule, id } = known;
    const cursor = this.#cursor;
    const canonical = this.#event.canonical;
    if (known.capture !== 'none') this.#capture(known.capture);
    if (rule.kind === 'whole') {
      cursor.peek();
      const start = cursor.at;
      cursor.skip();
      canonical.value(id, this.#bytes, start, cursor.at);
    } else if (rule.kind === 'map') {
      this.#map.clear();
      this.#value(rule);
      this.#map.writeTo(canonical, id);
    } else if (rule.kind === 'skip') {
      cursor.skip();
    } else {
      const mark = canonical.open(id);
      this.#value(rule);
      canonical.closeUnlessEmpty(mark);
    }
  }

  /** A field the plan does not name, kept with its key. */
  #rest(): void {
    const cursor = this.#cursor;
    const canonical = this.#event.canonical;
    canonical.value(REST_KEY, this.#bytes, cursor.stringStart, cursor.stringEnd);
    cursor.peek();
    const start = cursor.at;
    cursor.skip();
    canonical.value(REST_VALUE, this.#bytes, start, cursor.at);
  }

  /** Reads the string by which an object is known, and leaves the cursor before it. */
  #capture(what: Exclude<Capture, 'none'>): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== QUOTE) {
      this.#unexpected = true;
      return;
    }
    const before = cursor.at;
    cursor.string();
    const text = this.#text();
    cursor.at = before;
    if (what === 'kind') this.#kind = text;
    else if (what === 'apiVersion') this.#apiVersion = text;
    else if (what === 'name') this.#name = text;
    else this.#resourceVersion = text;
  }

  #mapEntries(): void {
    const cursor = this.#cursor;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return;
    const bytes = this.#bytes;
    do {
      cursor.key();
      const keyStart = cursor.stringStart;
      const keyEnd = cursor.stringEnd;
      const ownKey = cursor.stringEscaped ? this.#decoded() : undefined;
      if (cursor.peek() !== QUOTE) {
        this.#unexpected = true;
        cursor.skip();
        continue;
      }
      cursor.string();
      const ownValue = cursor.stringEscaped ? this.#decoded() : undefined;
      this.#map.add(
        ownKey ?? bytes,
        ownKey === undefined ? keyStart : 0,
        ownKey?.length ?? keyEnd,
        ownValue ?? bytes,
        ownValue === undefined ? cursor.stringStart : 0,
        ownValue?.length ?? cursor.stringEnd,
      );
    } while (cursor.more(CLOSE_BRACE));
  }

  #each(item: Rule): void {
    const cursor = this.#cursor;
    const canonical = this.#event.canonical;
    if (!cursor.enter(OPEN_BRACKET, CLOSE_BRACKET)) return;
    do {
      canonical.open(ITEM);
      this.#value(item);
      canonical.close();
    } while (cursor.more(CLOSE_BRACKET));
  }

  #where(rule: WhereRule): void {
    const cursor = this.#cursor;
    let seen = false;
    if (!cursor.enter(OPEN_BRACKET, CLOSE_BRACKET)) return;
    do {
      if (rule.first && seen) cursor.skip();
      else if (this.#beginsWith(OPEN_BRACE)) seen = this.#element(rule) || seen;
    } while (cursor.more(CLOSE_BRACKET));
  }

  /** @returns whether this element is one that the rule selects */
  #element(rule: WhereRule): boolean {
    const cursor = this.#cursor;
    let selected: boolean | undefined;
    let value: Buffer | undefined;
    let valueStart = 0;
    let valueEnd = 0;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return false;
    do {
      cursor.key();
      const isSelector = this.#stringIs(rule.where);
      if (!isSelector && !this.#stringIs(rule.value)) {
        cursor.skip();
      } else if (cursor.peek() !== QUOTE || (isSelector ? selected : value) !== undefined) {
        this.#unexpected = true;
        cursor.skip();
      } else {
        cursor.string();
        if (isSelector) {
          selected = this.#stringIs(rule.equals);
        } else if (cursor.stringEscaped) {
          value = this.#decoded();
          valueEnd = value.length;
        } else {
          value = this.#bytes;
          valueStart = cursor.stringStart;
          valueEnd = cursor.stringEnd;
        }
      }
    } while (cursor.more(CLOSE_BRACE));
    if (selected !== true) return false;
    const bytes = value ?? this.#bytes;
    const canonical = this.#event.canonical;
    if (rule.as === 'value') canonical.value(REST_VALUE, bytes, valueStart, valueEnd);
    else if (bytes.compare(TRUE, 0, TRUE.length, valueStart, valueEnd) === 0)
      canonical.value(REST_VALUE, TRUE, 0, 0);
    return true;
  }

  /** The rule for the key last read. */
  #lookUp(rule: FieldsRule): KeyRule | undefined {
    const { stringStart, stringEnd, stringEscaped } = this.#cursor;
    if (stringEscaped) {
      const key = this.#text();
      return rule.keys.find(({ name }) => name === key);
    }
    for (const known of rule.keys) if (this.#bytesAre(known.key, stringStart, stringEnd)) return known;
    return undefined;
  }

  /** Whether the string last read is this one. */
  #stringIs(expected: Buffer): boolean {
    const { stringStart, stringEnd, stringEscaped } = this.#cursor;
    return stringEscaped
      ? this.#text() === expected.toString('latin1')
      : this.#bytesAre(expected, stringStart, stringEnd);
  }

  #bytesAre(expected: Buffer, start: number, end: number): boolean {
    if (end - start !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (this.#bytes[start + i] !== expected[i]) return false;
    return true;
  }

  /** The string last read, decoded. @throws MALFORMED for escapes that are none */
  #text(): string {
    const { stringStart, stringEnd, stringEscaped } = this.#cursor;
    if (!stringEscaped) return this.#bytes.toString('utf8', stringStart, stringEnd);
    const text = parseLeniently(this.#bytes.toString('utf8', stringStart - 1, stringEnd + 1));
    if (typeof text !== 'string') throw MALFORMED;
    // A lone surrogate has no UTF-8 of its own: two different ones would look equal.
    if (!text.isWellFormed()) this.#unexpected = true;
    return text;
  }

  #decoded(): Buffer {
    return Buffer.from(this.#text());
  }
}

function parseLeniently(json: string): unknown {
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
