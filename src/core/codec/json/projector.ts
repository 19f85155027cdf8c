/**
 * Walks one JSON object by the rules of a plan and writes the canonical form of the parts that they take. It also
 * records the strings that identify the object, and whether any value had an unexpected shape.
 */
import type { Canonical } from '../canonical.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, type JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts';
import type { Capture, FieldsRule, KeyRule, Rule, Shortcut, WhereRule } from './rules.ts';
import type { ElementsRule, KindRule, MapRule } from '../rules.ts';
import {
  endOfLeadingLongList,
  endOfLongList,
  endOfMetadata,
  type GoLayout,
  isGoLayout,
} from './shortcuts.ts';
import { MapEntries } from '../map-entries.ts';

/** Ids of the parts for fields that the plan does not name: the key, then the value. */
const REST_KEY = 1;
const REST_VALUE = 2;
const ITEM = 3;

const TRUE = Buffer.from('True');
const LETTER_N = 0x6e;

/** Rules that have to look inside a value. */
type WalkedRule = Exclude<Rule, { kind: 'whole' | 'skip' }>;
type Elements = ElementsRule<Buffer, FieldsRule>;

type Captured = { [What in Exclude<Capture, 'none'>]: string | undefined };

export class JsonProjector {
  readonly #cursor: JsonCursor;
  readonly #layout: GoLayout;
  readonly #map = new MapEntries();
  #bytes: Buffer = TRUE;
  #canonical: Canonical;
  #tail: Buffer | undefined;
  #mayShorten = false;
  /** True if the object has Go's layout, which shortcuts require. */
  #isGoLayout = false;
  /** True if a shortcut was taken. */
  isShortened = false;
  /** True if a value had a shape that the plan does not expect. The event is then in doubt, unless it is foreign. */
  unexpected = false;
  /** True if decoders may disagree about the identity of the object. */
  isAmbiguous = false;
  /** The strings that identify the object; undefined if not seen. */
  readonly captured: Captured = {
    kind: undefined,
    apiVersion: undefined,
    name: undefined,
    namespace: undefined,
    resourceVersion: undefined,
  };

  /**
   * @param cursor the caller sets it to the start of an object before each call of `object`, which leaves it at the end
   */
  constructor(layout: GoLayout, cursor: JsonCursor, canonical: Canonical) {
    this.#layout = layout;
    this.#cursor = cursor;
    this.#canonical = canonical;
  }

  /**
   * Begins another frame.
   * @param mayShorten true if shortcuts may be taken when the layout allows them
   * @param tail the last bytes of the frame, see {@link endOfLongList}; undefined if other bytes may follow the object
   */
  reset(bytes: Buffer, canonical: Canonical, mayShorten: boolean, tail: Buffer | undefined): void {
    this.#bytes = bytes;
    this.#canonical = canonical;
    this.#mayShorten = mayShorten;
    this.#tail = tail;
    this.#isGoLayout = false;
    this.isShortened = false;
    this.unexpected = this.isAmbiguous = false;
    const { captured } = this;
    captured.kind = captured.apiVersion = undefined;
    captured.name = captured.namespace = captured.resourceVersion = undefined;
  }

  /** Steps over the object and writes the parts that the plan takes. @throws MALFORMED */
  object(root: FieldsRule): void {
    const cursor = this.#cursor;
    cursor.peek();
    this.#isGoLayout = isGoLayout(this.#layout, this.#bytes, cursor.at, cursor.limit);
    if (this.#beginsWith(OPEN_BRACE)) this.#fields(root);
  }

  /** Steps over one value and writes the parts that the rule takes. @throws MALFORMED */
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

  /**
   * True if the value has the expected shape. Any other value is skipped: null counts as absent, and anything else puts
   * the event in doubt.
   */
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
        // Decoders disagree about the meaning of two equal keys.
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
      const isKept = rule.kind === 'fields' && rule.keepEmpty && cursor.peek() === OPEN_BRACE;
      this.#value(rule);
      if (isKept) canonical.close();
      else canonical.closeUnlessEmpty(mark);
    }
  }

  /** Tries to step over a value without walking it. @returns true if the cursor is now after the value */
  #isShortened(shortcut: Exclude<Shortcut, 'none'>): boolean {
    if (!this.#isGoLayout || !this.#mayShorten) return false;
    const { at, limit } = this.#cursor;
    const end =
      shortcut === 'managedFields'
        ? endOfMetadata(this.#layout, this.#bytes, at, limit)
        : this.#tail === undefined
          ? endOfLeadingLongList(this.#bytes, at, limit)
          : endOfLongList(this.#bytes, at, limit, this.#tail);
    if (end === -1) return false;
    this.#cursor.at = end;
    this.isShortened = true;
    return true;
  }

  /** Writes the key and the value of a field that the plan does not name. */
  #rest(): void {
    const cursor = this.#cursor;
    const canonical = this.#canonical;
    canonical.value(REST_KEY, this.#bytes, cursor.stringStart, cursor.stringEnd);
    cursor.peek();
    const start = cursor.at;
    cursor.skip();
    canonical.value(REST_VALUE, this.#bytes, start, cursor.at);
  }

  /** Records a string that identifies the object. The cursor stays before the string. */
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

  #elements(rule: Elements): void {
    const cursor = this.#cursor;
    const canonical = this.#canonical;
    if (!cursor.enter(OPEN_BRACKET, CLOSE_BRACKET)) return;
    do {
      cursor.peek();
      const start = cursor.at;
      const { id, take } = this.#kindOf(rule);
      if (take === undefined) continue;
      // The field that determines the kind may follow fields that are taken, so the element is walked again.
      cursor.at = start;
      canonical.open(id);
      this.#value(take);
      canonical.close();
    } while (cursor.more(CLOSE_BRACKET));
  }

  /** Steps over an element to find its kind. */
  #kindOf(rule: Elements): KindRule<FieldsRule> {
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

  /** The kind that is selected by the string that was read last. */
  #named({ kinds, others }: Elements): KindRule<FieldsRule> {
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

  /** Reads one element and writes its value if the rule selects it. @returns true if it is selected */
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

  /**
   * Reads a string. null counts as an absent string, and an absent string equals an empty one. This matters for times,
   * which are strings in JSON: Go writes a zero time as null, and decodes null as a zero time.
   * @returns false for null and for values that are not strings
   */
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

  /** The rule for the key that was read last. */
  #lookUp(rule: FieldsRule): KeyRule | undefined {
    for (const known of rule.keys) if (this.#cursor.stringIs(known.key)) return known;
    return undefined;
  }
}
