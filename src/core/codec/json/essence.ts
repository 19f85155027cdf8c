/**
 * Gathers the essence of a JSON frame by searching for the few places where what decides begins and ends.
 *
 * Left out are the values of resourceVersion, annotations and managedFields, capacity and what else stands before the
 * conditions, all conditions but one, and everything behind the addresses. Why nothing that decides can lie there, even
 * where every string of the Node is chosen by somebody hostile:
 *
 * - A quote inside a string is written `\"` (RFC 8259). One that is not escaped begins a string or ends it, and between
 *   strings stands nothing but what JSON needs. So `,"annotations":{` and its like, a quote behind a comma and a letter
 *   behind the quote, stand between strings wherever found: where the quote ended a string, no letter could follow.
 * - kube-apiserver writes fields in the order of their declaration, each once (encoding/json; core/v1/types.go,
 *   meta/v1/types.go). The only keys that are free are those of labels, annotations, capacity and allocatable, with
 *   strings for values, and those inside managedFields, which have a prefix such as `f:` (structured-merge-diff
 *   fieldpath/serialize-pe.go). So these keys, with an object or a list behind them, are the Node's own fields.
 * - Annotations hold strings, so they end at the first `}` outside of strings, and the lists of the status, whose
 *   elements are objects of strings, at the first `]`. The first `"},"` or `],"` of all is that end, or lies in
 *   a string (which it may begin or end); it is an end only where the next field by that order follows. Otherwise the
 *   frame is refused, as it is where a Node has owners or finalizers behind its annotations, or lacks a part.
 * - A condition ends at the first `"}` whose quote ends a string. Go writes a quote that begins one behind `:`, `,`, `{`
 *   or `[`, and an escaped one behind a backslash: where any of these stands before the quote, the frame is refused.
 * - Behind the addresses the tokenizer walks, to the end of the frame: a part that comes twice is seen there.
 * - For managedFields and the long list, which it does not walk: see shortcuts.ts.
 *
 * What is gathered includes these texts, so that one essence cannot be cut into pieces in two ways.
 */
import { type EssenceReader } from '../essence-reader.ts';
import { beginsWith, endOfDigits, endOfName } from '../bytes.ts';
import { type Essence, type Resource } from '../../resource/resource.ts';
import { Gathered } from '../gathered.ts';
import { objectKey } from '../object-key.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  JsonCursor,
  MALFORMED,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './cursor.ts';
import { END_OF_EVENT, endOfLongList, endOfMetadata, type GoLayout, goLayoutOf } from './shortcuts.ts';

const BEFORE_OBJECT = Buffer.from('{"type":"MODIFIED","object":');
const BEFORE_NAMESPACE = Buffer.from('","namespace":"');
const BEFORE_UID = Buffer.from('","uid":"');
const BEFORE_RESOURCE_VERSION = Buffer.from('","resourceVersion":"');
const BEFORE_ANNOTATIONS = Buffer.from(',"annotations":{');
/** The end of a map of strings that is not the last field of its object; so its first occurrence is that end. */
const END_OF_MAP = Buffer.from('"},"');
const BEFORE_MANAGED_FIELDS = Buffer.from('"},"managedFields":[');
const BEFORE_STATUS = Buffer.from('},"status":{');
const BEFORE_CONDITIONS = Buffer.from(',"conditions":');
const BEFORE_TYPE = Buffer.from('{"type":');
const AFTER_TYPE = Buffer.from(',"status":"');
const HEARTBEAT = Buffer.from('","lastHeartbeatTime":"');
/** An object of strings ends so; see above for where else this may stand. */
const END_OF_CONDITION = Buffer.from('"}');
/** The same for a list of objects that hold strings only. */
const END_OF_LIST = Buffer.from('],"');
const BEFORE_ADDRESSES = Buffer.from('],"addresses":[');
const AFTER_ADDRESSES = Buffer.from('],"daemonEndpoints":{');
const KEY_CONDITIONS = Buffer.from('conditions');
const KEY_ADDRESSES = Buffer.from('addresses');

export class JsonEssence implements EssenceReader {
  readonly #gathered = new Gathered();
  readonly #cursor = new JsonCursor();
  readonly #layout: GoLayout;
  readonly #beforeName: Buffer;
  /** The type of the one condition, in its quotes. */
  readonly #type: Buffer;
  /** The key of the list in the status whose end is searched for. */
  readonly #longList: Buffer | undefined;
  key = '';
  resourceVersion = '';

  constructor(resource: Resource, { condition }: Essence) {
    const { longList } = resource.layout;
    this.#layout = goLayoutOf(resource);
    this.#beforeName = Buffer.concat([BEFORE_OBJECT, this.#layout.event]);
    this.#type = Buffer.from(JSON.stringify(condition));
    this.#longList = longList?.of === 'status' ? Buffer.from(longList.name) : undefined;
  }

  get bytes(): Buffer {
    return this.#gathered.bytes;
  }

  get length(): number {
    return this.#gathered.length;
  }

  read(bytes: Buffer, start: number, end: number): boolean {
    this.#gathered.length = 0;
    // No search may leave the frame.
    const frame = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
    const behindIdentity = this.#identity(frame);
    if (behindIdentity === -1) return false;
    const metadataEnd = this.#metadata(frame, behindIdentity);
    return metadataEnd !== -1 && this.#specAndStatus(frame, metadataEnd);
  }

  /** Name, namespace, uid and resourceVersion. @returns where the last one's digits end; -1: not as expected */
  #identity(frame: Buffer): number {
    const limit = frame.length;
    const nameStart = this.#beforeName.length;
    if (!beginsWith(frame, 0, limit, this.#beforeName)) return -1;
    const nameEnd = endOfName(frame, nameStart, limit);
    if (nameEnd === nameStart) return -1;
    const isNamespaced = !beginsWith(frame, nameEnd, limit, BEFORE_UID);
    const namespaceStart = nameEnd + BEFORE_NAMESPACE.length;
    let namespaceEnd = nameEnd;
    if (isNamespaced) {
      if (!beginsWith(frame, nameEnd, limit, BEFORE_NAMESPACE)) return -1;
      namespaceEnd = endOfName(frame, namespaceStart, limit);
      if (!beginsWith(frame, namespaceEnd, limit, BEFORE_UID)) return -1;
    }
    const uidEnd = endOfName(frame, namespaceEnd + BEFORE_UID.length, limit);
    const versionStart = uidEnd + BEFORE_RESOURCE_VERSION.length;
    if (!beginsWith(frame, uidEnd, limit, BEFORE_RESOURCE_VERSION)) return -1;
    const versionEnd = endOfDigits(frame, versionStart, limit);
    if (versionEnd === versionStart || frame[versionEnd] !== QUOTE) return -1;
    if (!this.#gathered.add(frame, 0, versionStart)) return -1;
    const name = frame.toString('latin1', nameStart, nameEnd);
    this.key = isNamespaced ? objectKey(frame.toString('latin1', namespaceStart, namespaceEnd), name) : name;
    this.resourceVersion = frame.toString('latin1', versionStart, versionEnd);
    return versionEnd;
  }

  /** All behind the resourceVersion but the values of annotations and managedFields. @returns where metadata closes */
  #metadata(frame: Buffer, from: number): number {
    const behind = endOf(BEFORE_ANNOTATIONS, frame, from);
    if (behind === -1 || !this.#gathered.add(frame, from, behind)) return -1;
    const annotationsEnd = frame.indexOf(END_OF_MAP, behind);
    if (!beginsWith(frame, annotationsEnd, frame.length, BEFORE_MANAGED_FIELDS)) return -1;
    const list = annotationsEnd + BEFORE_MANAGED_FIELDS.length;
    return endOfMetadata(this.#layout, frame, list, frame.length);
  }

  /** Spec, the one condition's status, and the addresses; nothing of the status may follow that decides. */
  #specAndStatus(frame: Buffer, from: number): boolean {
    const status = endOf(BEFORE_STATUS, frame, from);
    if (status === -1 || !this.#gathered.add(frame, from, status)) return false;
    // The first list of all: capacity and allocatable are maps of quantities.
    const conditions = frame.indexOf(OPEN_BRACKET, status);
    if (!beginsWith(frame, conditions - BEFORE_CONDITIONS.length, frame.length, BEFORE_CONDITIONS))
      return false;
    const addresses = frame.indexOf(END_OF_LIST, conditions);
    if (!beginsWith(frame, addresses, frame.length, BEFORE_ADDRESSES)) return false;
    if (!this.#condition(frame.subarray(conditions, addresses))) return false;
    const end = frame.indexOf(END_OF_LIST, addresses + BEFORE_ADDRESSES.length);
    if (!beginsWith(frame, end, frame.length, AFTER_ADDRESSES)) return false;
    if (!this.#isRestHarmless(frame, end + BEFORE_NEXT)) return false;
    return this.#gathered.add(frame, addresses, end + AFTER_ADDRESSES.length);
  }

  /** Whether the fields of the status from `at` on hold none that decides, and the frame ends behind them. */
  #isRestHarmless(frame: Buffer, at: number): boolean {
    const cursor = this.#cursor;
    cursor.reset(frame, at, frame.length);
    try {
      do {
        cursor.key();
        if (cursor.stringIs(KEY_CONDITIONS) || cursor.stringIs(KEY_ADDRESSES)) return false;
        const isLong = this.#longList !== undefined && cursor.stringIs(this.#longList);
        const end = isLong ? endOfLongList(frame, cursor.at, frame.length, END_OF_EVENT) : -1;
        if (end === -1) cursor.skip();
        else cursor.at = end;
      } while (cursor.more(CLOSE_BRACE));
    } catch (error) {
      if (error !== MALFORMED) throw error;
      return false;
    }
    return (
      cursor.at + BEHIND_STATUS.length === frame.length &&
      beginsWith(frame, cursor.at, frame.length, BEHIND_STATUS)
    );
  }

  /** The first of these that has the one type, if there is one, but for the time of its heartbeat. */
  #condition(conditions: Buffer): boolean {
    const type = conditions.indexOf(this.#type);
    // Where something is escaped before it, that may be its name, spelled otherwise.
    const escape = conditions.indexOf(BACKSLASH);
    if (escape !== -1 && (type === -1 || escape < type)) return false;
    if (type === -1) return true;
    const found = type - BEFORE_TYPE.length;
    if (!beginsWith(conditions, found, type, BEFORE_TYPE)) return false;
    if (!beginsWith(conditions, type + this.#type.length, conditions.length, AFTER_TYPE)) return false;
    const end = conditions.indexOf(END_OF_CONDITION, found);
    if (end === -1 || !isBehindText(conditions[end - 1]!)) return false;
    const heartbeat = conditions.subarray(found, end).indexOf(HEARTBEAT);
    if (heartbeat === -1) return this.#gathered.add(conditions, found, end + END_OF_CONDITION.length);
    const time = found + heartbeat + HEARTBEAT.length;
    return (
      this.#gathered.add(conditions, found, time) &&
      this.#gathered.add(conditions, endOfTime(conditions, time), end + END_OF_CONDITION.length)
    );
  }
}

/** Of `],"`: what comes before the quote of the next field. */
const BEFORE_NEXT = 2;
/** Behind the brace that closes the status. */
const BEHIND_STATUS = END_OF_EVENT.subarray(1);
const ZERO = 0x30;
const HYPHEN = 0x2d;
const T = 0x54;
const Z = 0x5a;

/** Whether a quote behind this byte ends a string: it neither begins one there, nor is it escaped. */
function isBehindText(byte: number): boolean {
  return (
    byte !== COLON && byte !== COMMA && byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== BACKSLASH
  );
}

/** Where the first of these texts from `from` on ends; -1: there is none. */
function endOf(text: Buffer, frame: Buffer, from: number): number {
  const found = frame.indexOf(text, from);
  return found === -1 ? -1 : found + text.length;
}

/** Where a time ends, as Go writes it without fractions: digits, hyphens, colons, T and Z (RFC 3339). */
function endOfTime(bytes: Buffer, at: number): number {
  for (; ; at++) {
    const byte = bytes[at] ?? 0;
    const isDigitOrColon = byte >= ZERO && byte <= COLON;
    if (!isDigitOrColon && byte !== HYPHEN && byte !== T && byte !== Z) return at;
  }
}
