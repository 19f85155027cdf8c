/**
 * Reads a protobuf watch frame for its verdict: the envelope, the event type, the kind, the name and the parts that the
 * plan takes. All other fields are skipped by their length. Fields may have any order. The `rest` of the plan decides
 * about unknown fields of the object. An unknown or repeated field of the envelope makes the event
 * `undecodable`, except an empty contentEncoding or contentType.
 */
import { MapEntries } from '../map-entries.ts';
import {
  MAGIC,
  MAP_ENTRY,
  META,
  OBJECT,
  RAW_EXTENSION,
  TYPE_META,
  UNKNOWN,
  WATCH_EVENT,
} from '../../resource/envelope.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { objectKey } from '../object-key.ts';
import type { FieldsPlan } from '../../projection/plan.ts';
import { ProtobufReader, UNDECODABLE, WIRE_TYPE } from './reader.ts';
import type { EntryFilter } from '../entry-filter.ts';
import { compileForProtobuf, type FieldPath, type FieldsRule, type WhereRule } from './rules.ts';
import type { ElementsRule, KindRule } from '../rules.ts';
import { eventTypeOf, INITIAL_EVENTS_END, WatchEvent, type EventScanner } from '../watch-event.ts';

type Elements = ElementsRule<FieldPath, FieldsRule>;

const LENGTH_PREFIX_BYTES = 4;
/** One bit for each field that identifies an object. The resourceVersion has the highest number among them. */
const IDENTITY = (1 << META.name) | (1 << META.namespace) | (1 << META.resourceVersion);
const TRUE = Buffer.from('True');
const END_MARK = Buffer.from(INITIAL_EVENTS_END);

export class ProtobufScanner implements EventScanner {
  readonly #root: FieldsRule;
  readonly #kind: Buffer;
  readonly #apiVersion: Buffer;
  readonly #reader = new ProtobufReader();
  /** Flags of the `first` rules that have had their match in this frame. */
  readonly #seen: boolean[];
  readonly #maps: MapEntries[] = [];
  #mapsInUse = 0;
  #bytes: Buffer = MAGIC;
  #event = new WatchEvent();
  // Name and namespace of the current object; empty if not seen.
  #name = '';
  #namespace = '';
  // Range of the object in the envelope; -1 if not seen.
  #objectStart = -1;
  #objectEnd = -1;
  #isOfKind = false;

  constructor(resource: Resource, plan: FieldsPlan) {
    const { root, flags } = compileForProtobuf(plan, resource.schema);
    this.#root = root;
    this.#kind = Buffer.from(resource.kind);
    this.#apiVersion = Buffer.from(apiVersionOf(resource));
    this.#seen = new Array<boolean>(flags).fill(false);
  }

  scan(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#begin(bytes, event);
    // The length prefix frames these bytes, so unknown content does not put the framing in doubt.
    event.understanding = 'undecodable';
    try {
      this.#envelope(start + LENGTH_PREFIX_BYTES, end);
    } catch (error) {
      if (error !== UNDECODABLE) throw error;
      return;
    }
    if (this.#isOfKind) this.#object(this.#objectStart, this.#objectEnd);
    else event.understanding = 'foreign';
  }

  scanItem(bytes: Buffer, start: number, end: number, event: WatchEvent): void {
    this.#begin(bytes, event);
    event.understanding = 'undecodable';
    this.#object(start, end);
  }

  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean {
    this.#begin(bytes, new WatchEvent());
    try {
      this.#envelope(start + LENGTH_PREFIX_BYTES, end);
      // The kind does not matter, because all kinds have their ObjectMeta at field 1.
      const meta = this.#singular(this.#objectStart, this.#objectEnd, OBJECT.metadata);
      if (meta === undefined) return false;
      return this.#hasEndMark(meta.start, meta.end);
    } catch (error) {
      if (error !== UNDECODABLE) throw error;
      return false;
    }
  }

  #begin(bytes: Buffer, event: WatchEvent): void {
    event.reset();
    this.#event = event;
    this.#bytes = bytes;
    this.#reader.reset(bytes);
    this.#seen.fill(false);
    this.#mapsInUse = 0;
    this.#name = this.#namespace = '';
    this.#objectStart = this.#objectEnd = -1;
    this.#isOfKind = false;
  }

  #object(start: number, end: number): void {
    const event = this.#event;
    try {
      this.#fields(this.#root, start, end);
      event.key = objectKey(this.#namespace, this.#name);
      if (event.key !== '') event.understanding = 'projected';
    } catch (error) {
      if (error !== UNDECODABLE) throw error;
      this.#identify(start, end);
    }
  }

  /** Fills only key and resourceVersion, for an object with unexpected content. Both are empty if not certain. */
  #identify(start: number, end: number): void {
    const event = this.#event;
    event.resourceVersion = '';
    try {
      const meta = this.#singular(start, end, OBJECT.metadata);
      if (meta === undefined) return;
      const { start: metaStart, end: metaEnd } = meta;
      const name = this.#text(this.#singular(metaStart, metaEnd, META.name));
      const namespace = this.#text(this.#singular(metaStart, metaEnd, META.namespace));
      event.resourceVersion = this.#text(this.#singular(metaStart, metaEnd, META.resourceVersion));
      event.key = objectKey(namespace, name);
    } catch (error) {
      if (error !== UNDECODABLE) throw error;
    }
  }

  #text(span: { readonly start: number; readonly end: number } | undefined): string {
    return span === undefined ? '' : this.#bytes.toString('latin1', span.start, span.end);
  }

  /** Reads WatchEvent { type, object: RawExtension { raw: magic + Unknown { typeMeta, raw } } }. */
  #envelope(start: number, end: number): void {
    const reader = this.#reader;
    let typeSeen = false;
    let extensionStart = -1;
    let extensionEnd = -1;
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      if (reader.wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
      if (reader.field === WATCH_EVENT.type && !typeSeen) {
        typeSeen = true;
        this.#event.type = eventTypeOf(this.#bytes, reader.start, reader.end);
      } else if (reader.field === WATCH_EVENT.object && extensionStart === -1) {
        extensionStart = reader.start;
        extensionEnd = reader.end;
      } else throw UNDECODABLE;
    }
    if (!typeSeen || extensionStart === -1) throw UNDECODABLE;
    const afterRaw = reader.next(extensionStart, extensionEnd);
    if (
      reader.field !== RAW_EXTENSION.raw ||
      reader.wireType !== WIRE_TYPE.bytes ||
      afterRaw !== extensionEnd
    )
      throw UNDECODABLE;
    const unknown = reader.start + MAGIC.length;
    if (unknown > reader.end || this.#bytes.compare(MAGIC, 0, MAGIC.length, reader.start, unknown) !== 0)
      throw UNDECODABLE;
    this.#unknown(unknown, reader.end);
  }

  #unknown(start: number, end: number): void {
    const reader = this.#reader;
    let typeMetaStart = -1;
    let typeMetaEnd = -1;
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      if (reader.wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
      if (reader.field === UNKNOWN.typeMeta && typeMetaStart === -1) {
        typeMetaStart = reader.start;
        typeMetaEnd = reader.end;
      } else if (reader.field === UNKNOWN.raw && this.#objectStart === -1) {
        this.#objectStart = reader.start;
        this.#objectEnd = reader.end;
      } else if (reader.field === UNKNOWN.contentEncoding || reader.field === UNKNOWN.contentType) {
        // Go writes both fields even if they are empty. A value means that `raw` is not a plain protobuf message.
        if (reader.start !== reader.end) throw UNDECODABLE;
      } else throw UNDECODABLE;
    }
    if (typeMetaStart === -1 || this.#objectStart === -1) throw UNDECODABLE;
    const kind = this.#singular(typeMetaStart, typeMetaEnd, TYPE_META.kind);
    const isKind = kind !== undefined && this.#equals(this.#kind, kind.start, kind.end);
    const version = this.#singular(typeMetaStart, typeMetaEnd, TYPE_META.apiVersion);
    this.#isOfKind =
      isKind && version !== undefined && this.#equals(this.#apiVersion, version.start, version.end);
  }

  /** Walks one message by its rule. Maps are written last, because their entries may occur anywhere in the message. */
  #fields(rule: FieldsRule, start: number, end: number): void {
    const reader = this.#reader;
    const canonical = this.#event.canonical;
    const firstMap = this.#mapsInUse;
    this.#mapsInUse += rule.maps.length;
    for (let i = firstMap; i < this.#mapsInUse; i++) (this.#maps[i] ??= new MapEntries()).clear();
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      const field = reader.field;
      if (rule.isObjectMeta) this.#identity(field);
      const child = rule.rules[field];
      const kind = child === undefined ? rule.rest : child.kind;
      if (kind === 'skip') continue;
      if (kind === 'whole') {
        // The value includes the tag, so that the number and the wire type are compared too.
        canonical.value(field, this.#bytes, reader.tagStart, reader.end);
        continue;
      }
      if (child === undefined || reader.wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
      if (child.kind === 'map')
        this.#mapEntry(this.#maps[firstMap + rule.maps.indexOf(field)], child.filter, reader.start, at);
      else if (child.kind === 'elements') this.#element(child, field, reader.start, at);
      else if (child.kind === 'where') this.#where(child, field, reader.start, at);
      else if (child.kind === 'fields') {
        const mark = canonical.open(field);
        this.#fields(child, reader.start, at);
        if (child.keepEmpty) canonical.close();
        else canonical.closeUnlessEmpty(mark);
      }
    }
    for (const [i, field] of rule.maps.entries()) this.#maps[firstMap + i]?.writeTo(canonical, field);
    this.#mapsInUse = firstMap;
  }

  #identity(field: number): void {
    if (field > META.resourceVersion || ((IDENTITY >>> field) & 1) === 0) return;
    const { wireType, start, end } = this.#reader;
    if (wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
    // latin1 maps different bytes to different strings, even if they are not UTF-8.
    const text = start === end ? '' : this.#bytes.toString('latin1', start, end);
    if (field === META.name) this.#name = this.#once(this.#name, text);
    else if (field === META.namespace) this.#namespace = this.#once(this.#namespace, text);
    else this.#event.resourceVersion = this.#once(this.#event.resourceVersion, text);
  }

  #once(before: string, now: string): string {
    if (before !== '') throw UNDECODABLE;
    return now;
  }

  #mapEntry(
    entries: MapEntries | undefined,
    filter: EntryFilter | undefined,
    start: number,
    end: number,
  ): void {
    const reader = this.#reader;
    // An absent key or value equals an empty one.
    let keyStart = start;
    let keyEnd = start;
    let valueStart = start;
    let valueEnd = start;
    let seen = 0;
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      if (reader.wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
      // Decoders disagree about two values: Go takes the last one, and others merge values that are messages.
      if ((seen & (1 << reader.field)) !== 0) throw UNDECODABLE;
      seen |= 1 << reader.field;
      if (reader.field === MAP_ENTRY.key) {
        keyStart = reader.start;
        keyEnd = reader.end;
      } else if (reader.field === MAP_ENTRY.value) {
        valueStart = reader.start;
        valueEnd = reader.end;
      } else throw UNDECODABLE;
    }
    if (filter?.takes(this.#bytes, keyStart, keyEnd) === false) return;
    entries?.add(this.#bytes, keyStart, keyEnd, this.#bytes, valueStart, valueEnd);
  }

  /** Writes one element, also if nothing of its content is taken, because the order of a list counts. */
  #element(rule: Elements, field: number, start: number, end: number): void {
    const { id, take } = this.#kindOf(rule, start, end);
    if (take === undefined) return;
    const canonical = this.#event.canonical;
    canonical.open(field);
    canonical.open(id);
    this.#fields(take, start, end);
    canonical.close();
    canonical.close();
  }

  #kindOf({ by, kinds, others }: Elements, start: number, end: number): KindRule<FieldsRule> {
    const text = this.#at(start, end, by);
    if (text === undefined) return others;
    for (const kind of kinds) if (this.#equals(kind.equals, text.start, text.end)) return kind;
    return others;
  }

  #where(rule: WhereRule, field: number, start: number, end: number): void {
    if (rule.seen !== -1 && this.#seen[rule.seen] === true) return;
    const key = this.#at(start, end, rule.where);
    if (key === undefined || !this.#equals(rule.equals, key.start, key.end)) return;
    if (rule.seen !== -1) this.#seen[rule.seen] = true;
    const value = this.#at(start, end, rule.value);
    const valueStart = value?.start ?? start;
    const valueEnd = value?.end ?? start;
    if (rule.as === 'value') this.#event.canonical.value(field, this.#bytes, valueStart, valueEnd);
    else if (this.#equals(TRUE, valueStart, valueEnd)) this.#event.canonical.value(field, TRUE, 0, 0);
  }

  readonly #span = { start: 0, end: 0 };

  /** The range of a string or message field that must not be repeated. Borrowed: valid until the next call. */
  #singular(start: number, end: number, field: number): { start: number; end: number } | undefined {
    const reader = this.#reader;
    let found = false;
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      if (reader.field !== field) continue;
      if (found || reader.wireType !== WIRE_TYPE.bytes) throw UNDECODABLE;
      found = true;
      this.#span.start = reader.start;
      this.#span.end = reader.end;
    }
    return found ? this.#span : undefined;
  }

  /** The range of the field at the end of a path. Borrowed, like the result of {@link #singular}. */
  #at(start: number, end: number, path: FieldPath): { start: number; end: number } | undefined {
    let [from, to] = [start, end];
    let found: { start: number; end: number } | undefined;
    for (const number of path) {
      found = this.#singular(from, to, number);
      if (found === undefined) return undefined;
      from = found.start;
      to = found.end;
    }
    return found;
  }

  #equals(expected: Buffer, start: number, end: number): boolean {
    if (end - start !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (this.#bytes[start + i] !== expected[i]) return false;
    return true;
  }

  #hasEndMark(start: number, end: number): boolean {
    const reader = this.#reader;
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      if (reader.field !== META.annotations) continue;
      const entryStart = reader.start;
      const key = this.#singular(entryStart, at, MAP_ENTRY.key);
      if (key === undefined || !this.#equals(END_MARK, key.start, key.end)) continue;
      const value = this.#singular(entryStart, at, MAP_ENTRY.value);
      return value !== undefined && this.#bytes.toString('latin1', value.start, value.end) === 'true';
    }
    return false;
  }
}
