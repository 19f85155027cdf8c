/**
 * Walks one JSON object by the rules of a plan and writes the canonical form of what they take. Notes what the scanner
 * wants to know besides, and whether anything had another shape than expected.
 */
import { type Canonical } from '../canonical.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, type JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts';
import {
  type Capture,
  type ElementsRule,
  type FieldsRule,
  type KeyRule,
  type KindRule,
  type MapRule,
  type Rule,
  type Shortcut,
  type WhereRule,
} from './rules.ts';
import { endOfLongList, endOfMetadata, type GoLayout, isGoLayout } from './shortcuts.ts';
import { MapEntries } from '../map-entries.ts';

/** Part numbers for fields that the plan does not name: their key, then their value. */
const REST_KEY = 1;
const REST_VALUE = 2;
const ITEM = 3;

const TRUE = Buffer.from('True');
const LETTER_N = 0x6e;

/** Rules that look into a value. */
type WalkedRule = Exclude<Rule, { kind: 'whole' | 'skip' }>;

type Captured = { [What in Exclude<Capture, 'none'>]: string | undefined };

export class JsonProjector {
  readonly #cursor: JsonCursor;
  readonly #layout: GoLayout;
  readonly #map = new MapEntries();
  #bytes: Buffer = TRUE;
  #canonical: Canonical;
  #tail: Buffer | undefined;
  /** Whether shortcuts may be taken in this object at all. */
  #isGoLayout = false;
  /** Whether a shortcut was taken. */
  isShortened = false;
  /** Set where a value has another shape than the plan expects: doubt, unless the kind turns out to be foreign. */
  unexpected = false;
  /** Set where decoders may differ in which object this is. */
  isAmbiguous = false;
  /** The strings by which an object is known; undefined: not seen. */
  readonly captured: Captured = {
    kind: undefined,
    apiVersion: undefined,
    name: undefined,
    namespace: undefined,
    resourceVersion: undefined,
  };

  /** @param cursor positioned by the caller; stands behind the value after each call */
  constructor(layout: GoLayout, cursor: JsonCursor, canonical: Canonical) {
    this.#layout = layout;
    this.#cursor = cursor;
    this.#canonical = canonical;
  }

  /**
   * Begins with another frame.
   * @param tail what it ends with, see {@link endOfLongList}; undefined: no shortcuts are taken
   */
  reset(bytes: Buffer, canonical: Canonical, tail: Buffer | undefined): void {
    this.#bytes = bytes;
    this.#canonical = canonical;
    this.#tail = tail;
    this.#isGoLayout = false;
    this.isShortened = false;
    this.unexpected = this.isAmbiguous = false;
    const { captured } = this;
    captured.kind = captured.apiVersion = undefined;
    captured.name = captured.namespace = captured.resourceVersion = undefined;
  }

  /** Steps over the object itself, writing what the plan takes of it. @throws MALFORMED */
  object(root: FieldsRule): void {
    const cursor = this.#cursor;
    cursor.peek();
    this.#isGoLayout = isGoLayout(this.#layout, this.#bytes, cursor.at, cursor.limit);
    if (this.#beginsWith(OPEN_BRACE)) this.#fields(root);
  }

  /** Steps over one value, writing what the rule takes of it. @throws MALFORMED */
  #value(rule: WalkedRule): void {
    switch (rule.kind) {
      case 'fields':
        if (this.#beginsWith(OPEN_BRACE)) this.#fields(rule);
        break;
      case 'map':
        if (this.#beginsWith(OPEN_BRACE)) this.#mapEntries(rule);
        break;
      case 'each':
        if (this.#beginsWith(OPEN_BRACKET)) this.#each(rule.item);
        break;
      case 'elements':
        if (this.#beginsWith(OPEN_BRACKET)) this.#elements(rule);
        break;
      case 'where':
        if (this.#beginsWith(OPEN_BRACKET)) this.#where(rule);
        break;
      default:
        rule satisfies never;
    }
  }

  /** Whether the value is of the expected shape. null counts as absent; any other value is doubt, and skipped. */
  #beginsWith(opener: number): boolean {
    const byte = this.#cursor.peek();
    if (byte === opener) return true;
    if (byte !== LETTER_N) this.unexpected = true;
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
        if ((seen & known.bit) !== 0) {
          this.unexpected = true;
          if (known.isIdentity) this.isAmbiguous = true;
        }
        seen |= known.bit;
        if (known.shortcut === 'none' || !this.#isShortened(known.shortcut)) this.#field(known);
      } else if (rule.rest === 'skip') cursor.skip();
      else this.#rest();
    } while (cursor.more(CLOSE_BRACE));
  }

  #field(known: KeyRule): void {
    const { rule, id } = known;
    const cursor = this.#cursor;
    const canonical = this.#canonical;
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

  /** Whether a value could be stepped over without walking it; the cursor is then behind it. */
  #isShortened(shortcut: Exclude<Shortcut, 'none'>): boolean {
    const tail = this.#tail;
    if (!this.#isGoLayout || tail === undefined) return false;
    const { at, limit } = this.#cursor;
    const end =
      shortcut === 'managedFields'
        ? endOfMetadata(this.#layout, this.#bytes, at, limit)
        : endOfLongList(this.#bytes, at, limit, tail);
    if (end === -1) return false;
    this.#cursor.at = end;
    this.isShortened = true;
    return true;
  }

  /** A field the plan does not name, kept with its key. */
  #rest(): void {
    const cursor = this.#cursor;
    const canonical = this.#canonical;
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
      this.unexpected = true;
      return;
    }
    const before = cursor.at;
    cursor.string();
    const text = cursor.text();
    cursor.at = before;
    this.captured[what] = text;
  }

  #mapEntries({ filter }: MapRule): void {
    const cursor = this.#cursor;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return;
    const bytes = this.#bytes;
    do {
      cursor.key();
      const keyStart = cursor.stringStart;
      const keyEnd = cursor.stringEnd;
      const ownKey = cursor.decoded();
      if (cursor.peek() !== QUOTE) {
        this.unexpected = true;
        cursor.skip();
        continue;
      }
      cursor.string();
      const key = ownKey ?? bytes;
      const start = ownKey === undefined ? keyStart : 0;
      const end = ownKey?.length ?? keyEnd;
      if (filter?.takes(key, start, end) === false) continue;
      const ownValue = cursor.decoded();
      this.#map.add(
        key,
        start,
        end,
        ownValue ?? bytes,
        ownValue === undefined ? cursor.stringStart : 0,
        ownValue?.length ?? cursor.stringEnd,
      );
    } while (cursor.more(CLOSE_BRACE));
  }

  #each(item: FieldsRule): void {
    const cursor = this.#cursor;
    const canonical = this.#canonical;
    if (!cursor.enter(OPEN_BRACKET, CLOSE_BRACKET)) return;
    do {
      canonical.open(ITEM);
      this.#value(item);
      canonical.close();
    } while (cursor.more(CLOSE_BRACKET));
  }

  #elements(rule: ElementsRule): void {
    const cursor = this.#cursor;
    const canonical = this.#canonical;
    if (!cursor.enter(OPEN_BRACKET, CLOSE_BRACKET)) return;
    do {
      cursor.peek();
      const start = cursor.at;
      const { id, take } = this.#kindOf(rule);
      if (take === undefined) continue;
      // What tells its kind may stand behind what is taken.
      cursor.at = start;
      canonical.open(id);
      this.#value(take);
      canonical.close();
    } while (cursor.more(CLOSE_BRACKET));
  }

  /** Steps over an element to see of which kind it is. */
  #kindOf(rule: ElementsRule): KindRule {
    const cursor = this.#cursor;
    let kind = rule.others;
    let seen = false;
    if (!this.#beginsWith(OPEN_BRACE) || !cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return kind;
    do {
      cursor.key();
      if (!cursor.stringIs(rule.by)) {
        cursor.skip();
        continue;
      }
      if (seen) this.unexpected = true;
      seen = true;
      if (this.#isText()) kind = this.#named(rule);
    } while (cursor.more(CLOSE_BRACE));
    return kind;
  }

  /** The kind of which the string last read is the text. */
  #named({ kinds, others }: ElementsRule): KindRule {
    for (const kind of kinds) if (this.#cursor.stringIs(kind.equals)) return kind;
    return others;
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
    let selected = false;
    let hasSelector = false;
    let hasValue = false;
    let value = this.#bytes;
    let valueStart = 0;
    let valueEnd = 0;
    if (!cursor.enter(OPEN_BRACE, CLOSE_BRACE)) return false;
    do {
      cursor.key();
      const isSelector = cursor.stringIs(rule.where);
      const isValue = cursor.stringIs(rule.value);
      if (!isSelector && !isValue) {
        cursor.skip();
        continue;
      }
      if ((isSelector && hasSelector) || (isValue && hasValue)) this.unexpected = true;
      hasSelector ||= isSelector;
      hasValue ||= isValue;
      if (!this.#isText()) continue;
      if (isSelector) selected = cursor.stringIs(rule.equals);
      if (!isValue) continue;
      const own = cursor.decoded();
      value = own ?? this.#bytes;
      valueStart = own === undefined ? cursor.stringStart : 0;
      valueEnd = own?.length ?? cursor.stringEnd;
    } while (cursor.more(CLOSE_BRACE));
    if (!selected) return false;
    const canonical = this.#canonical;
    if (rule.as === 'value') canonical.value(REST_VALUE, value, valueStart, valueEnd);
    else if (value.compare(TRUE, 0, TRUE.length, valueStart, valueEnd) === 0)
      canonical.value(REST_VALUE, TRUE, 0, 0);
    return true;
  }

  /** Reads a string. null counts as absent, which equals an empty one: Go writes a zero time so, and reads it so. */
  #isText(): boolean {
    const cursor = this.#cursor;
    const byte = cursor.peek();
    if (byte === QUOTE) {
      cursor.string();
      return true;
    }
    if (byte !== LETTER_N) this.unexpected = true;
    cursor.skip();
    return false;
  }

  /** The rule for the key last read. */
  #lookUp(rule: FieldsRule): KeyRule | undefined {
    for (const known of rule.keys) if (this.#cursor.stringIs(known.key)) return known;
    return undefined;
  }
}
