/**
 * Gathers the essence of a JSON frame by searching for the few texts that enclose the deciding bytes.
 *
 * The essence leaves out: the values of resourceVersion, annotations and managedFields; all fields of the status before
 * the conditions, such as capacity; all conditions but one, and the time of the heartbeat in that one; and everything
 * after the addresses. No deciding byte can be among these, even if an attacker chooses every string of the Node:
 *
 * - A quote inside a string is written `\"` (RFC 8259). A quote without a backslash begins or ends a string, and
 *   between strings there are only separators, numbers and literals. In a text such as `,"annotations":{` the first
 *   quote stands between a comma and a letter. A letter cannot follow the end of a string, so this quote begins one,
 *   and the text is a key.
 * - kube-apiserver writes fields in the order of their declaration, each once (encoding/json; core/v1/types.go,
 *   meta/v1/types.go). Users can choose keys of two kinds only. The keys in labels, annotations, capacity and
 *   allocatable have strings as their values. The keys inside managedFields have a prefix such as `f:`
 *   (structured-merge-diff fieldpath/serialize-pe.go). Therefore, if a key that this reader searches for has an object
 *   or a list as its value, it is the name of a field of the Node itself.
 * - The annotations end at the first `}` outside strings, because their values are strings. The conditions and the
 *   addresses each end at the first `]` outside strings, because their elements are objects of strings. The reader
 *   searches for `"},"` or `],"`. A match can also be a whole string with its quotes: the string `},` is written
 *   `"},"`. So the reader accepts a match as the end only if the name of the next field follows, in the order of
 *   declaration. Otherwise the frame is refused. A Node that has owners or finalizers after its annotations, or that
 *   lacks one of the searched fields, is refused too.
 * - A condition ends at the first `"}` whose quote ends a string. The reader does not search for that one: it takes the
 *   very first `"}`, and refuses the frame unless its quote certainly ends a string. The quote might not if it follows
 *   `:`, `,`, `{` or `[` (it may begin a string) or a backslash (it may be escaped).
 * - The tokenizer walks everything after the addresses except the images. If conditions or addresses occur there
 *   again, the frame is refused. Only the end of the images is searched; they are walked if this end is not certain.
 *   managedFields, which precedes the status, is never walked: the frame is refused if its end is not certain.
 *   shortcuts.ts explains why these two searches find the right ends.
 *
 * The essence includes searched texts between its pieces. They separate the pieces, so different pieces never join to
 * equal essences.
 */
import type { EssenceReader } from '../essence-reader.ts';
import { beginsWith, endOfDigits, endOfName } from '../bytes.ts';
import type { Essence, Resource } from '../../resource/resource.ts';
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
/** The end of a map of strings that is followed by another field of the same object. */
const END_OF_MAP = Buffer.from('"},"');
const BEFORE_MANAGED_FIELDS = Buffer.from('"},"managedFields":[');
const BEFORE_STATUS = Buffer.from('},"status":{');
const BEFORE_CONDITIONS = Buffer.from(',"conditions":');
const BEFORE_TYPE = Buffer.from('{"type":');
const AFTER_TYPE = Buffer.from(',"status":"');
const HEARTBEAT = Buffer.from('","lastHeartbeatTime":"');
/**
 * The end of a condition, which is an object of strings. The comment at the top says where else these bytes may occur.
 */
const END_OF_CONDITION = Buffer.from('"}');
/**
 * The end of a list that is followed by another field of the same object. The elements of the list are objects whose
 * values are strings.
 */
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
  /** Type of the condition that decides, with its quotes. */
  readonly #type: Buffer;
  /** Key of the long list, if it is a field of the status; see shortcuts.ts. */
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
    // A subarray keeps each search inside the frame.
    const frame = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
    const behindIdentity = this.#identity(frame);
    if (behindIdentity === -1) return false;
    const metadataEnd = this.#metadata(frame, behindIdentity);
    return metadataEnd !== -1 && this.#specAndStatus(frame, metadataEnd);
  }

  /**
   * Reads name, namespace, uid and resourceVersion.
   * @returns end offset of the resourceVersion; -1 to refuse the frame
   */
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

  /**
   * Gathers metadata after the resourceVersion, without the values of annotations and managedFields.
   * @returns offset of the brace that closes metadata; -1 to refuse the frame
   */
  #metadata(frame: Buffer, from: number): number {
    const behind = endOf(BEFORE_ANNOTATIONS, frame, from);
    if (behind === -1 || !this.#gathered.add(frame, from, behind)) return -1;
    const annotationsEnd = frame.indexOf(END_OF_MAP, behind);
    if (!beginsWith(frame, annotationsEnd, frame.length, BEFORE_MANAGED_FIELDS)) return -1;
    const list = annotationsEnd + BEFORE_MANAGED_FIELDS.length - 1;
    return endOfMetadata(this.#layout, frame, list, frame.length);
  }

  /**
   * Gathers spec, the first condition of the deciding type, and the addresses. No deciding field of the status may
   * follow.
   */
  #specAndStatus(frame: Buffer, from: number): boolean {
    const status = endOf(BEFORE_STATUS, frame, from);
    if (status === -1 || !this.#gathered.add(frame, from, status)) return false;
    // The conditions are the first list of a status: capacity and allocatable, before them, are maps of quantities.
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

  /** True if no field of the status from `at` on is a deciding one, and the frame ends after the status. */
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

  /**
   * Gathers the first condition with the deciding type, without the time of its heartbeat.
   * @returns false to refuse the frame; a frame without such a condition is not refused
   */
  #condition(conditions: Buffer): boolean {
    const type = conditions.indexOf(this.#type);
    // An earlier condition may spell the same type differently. Such a spelling contains a backslash.
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

/** Number of bytes in `],"` before the quote of the next field. */
const BEFORE_NEXT = 2;
/** The end of a frame after the brace that closes the status. */
const BEHIND_STATUS = END_OF_EVENT.subarray(1);
const ZERO = 0x30;
const HYPHEN = 0x2d;
const T = 0x54;
const Z = 0x5a;

/** True if a quote after this byte ends a string: it neither begins a string nor is escaped. */
function isBehindText(byte: number): boolean {
  return (
    byte !== COLON && byte !== COMMA && byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== BACKSLASH
  );
}

/** End offset of the first occurrence of `text` from `from` on; -1 if there is none. */
function endOf(text: Buffer, frame: Buffer, from: number): number {
  const found = frame.indexOf(text, from);
  return found === -1 ? -1 : found + text.length;
}

/** End offset of a time as Go writes it without fractions: digits, hyphens, colons, T and Z (RFC 3339). */
function endOfTime(bytes: Buffer, at: number): number {
  for (; ; at++) {
    const byte = bytes[at] ?? 0;
    const isDigitOrColon = byte >= ZERO && byte <= COLON;
    if (!isDigitOrColon && byte !== HYPHEN && byte !== T && byte !== Z) return at;
  }
}
