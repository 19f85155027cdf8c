/**
 * Gathers the essence of a JSON frame by searching for the few places where what decides begins and ends.
 *
 * Left out are the values of resourceVersion, annotations and managedFields, capacity and what else stands before the
 * conditions, all conditions but one, and everything behind the addresses. Why nothing that decides can lie there:
 *
 * - A quote inside a string is written `\"` (RFC 8259). A quote behind a comma is therefore none of those; it ends a
 *   string only where no letter follows. So `,"annotations":{` and its like stand between strings wherever found.
 * - kube-apiserver writes fields in the order of their declaration, each once (encoding/json; core/v1/types.go,
 *   meta/v1/types.go). The only keys that are free are those of labels, annotations, capacity and allocatable, with
 *   strings for values, and those inside managedFields, which have a prefix such as `f:` (structured-merge-diff
 *   fieldpath/serialize-pe.go). So these keys, with an object or a list behind them, are the Node's own fields.
 * - Annotations hold strings, so they end at the first `}` outside of strings, and the lists of the status, whose
 *   elements are objects of strings, at the first `]`. The first `"},"` or `],"` of all is that end, or lies in
 *   a string that ends like this; it is an end only where the next field by that order follows. Otherwise the
 *   frame is refused, as it is where a Node has owners or finalizers behind its annotations, or lacks a part.
 * - For managedFields and the end of the status: see json-shortcuts.ts.
 *
 * What is gathered includes these texts, so that one essence cannot be cut into pieces in two ways.
 */
import { type EssenceReader } from './essence.ts';
import { beginsWith, endOfDigits, endOfName } from './bytes.ts';
import { Gathered } from './gathered.ts';
import { COLON, OPEN_BRACKET, QUOTE } from './json-cursor.ts';
import { END_OF_EVENT, endOfMetadata, endOfStatus } from './json-shortcuts.ts';

const BEFORE_NAME = Buffer.from(
  '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"',
);
const BEFORE_UID = Buffer.from('","uid":"');
const BEFORE_RESOURCE_VERSION = Buffer.from('","resourceVersion":"');
const BEFORE_ANNOTATIONS = Buffer.from(',"annotations":{');
/** The end of a map of strings that is not the last field of its object; so its first occurrence is that end. */
const END_OF_MAP = Buffer.from('"},"');
const BEFORE_MANAGED_FIELDS = Buffer.from('"},"managedFields":[');
const BEFORE_STATUS = Buffer.from('},"status":{');
const BEFORE_CONDITIONS = Buffer.from(',"conditions":');
const TYPE = Buffer.from('"NetworkUnavailable"');
const BEFORE_TYPE = Buffer.from('{"type":');
const AFTER_TYPE = Buffer.from(',"status":"');
const HEARTBEAT = Buffer.from('","lastHeartbeatTime":"');
/** An object of strings ends so, and nowhere else. */
const END_OF_CONDITION = Buffer.from('"}');
/** The same for a list of objects that hold strings only. */
const END_OF_LIST = Buffer.from('],"');
const BEFORE_ADDRESSES = Buffer.from('],"addresses":[');
const AFTER_ADDRESSES = Buffer.from('],"daemonEndpoints":{');

export class JsonEssence implements EssenceReader {
  readonly #gathered = new Gathered();
  name = '';
  resourceVersion = '';

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

  /** Name, uid and resourceVersion. @returns where the last one's digits end; -1: not as expected */
  #identity(frame: Buffer): number {
    const limit = frame.length;
    if (!beginsWith(frame, 0, limit, BEFORE_NAME)) return -1;
    const nameEnd = endOfName(frame, BEFORE_NAME.length, limit);
    if (nameEnd === BEFORE_NAME.length || !beginsWith(frame, nameEnd, limit, BEFORE_UID)) return -1;
    const uidEnd = endOfName(frame, nameEnd + BEFORE_UID.length, limit);
    const versionStart = uidEnd + BEFORE_RESOURCE_VERSION.length;
    if (!beginsWith(frame, uidEnd, limit, BEFORE_RESOURCE_VERSION)) return -1;
    const versionEnd = endOfDigits(frame, versionStart, limit);
    if (versionEnd === versionStart || frame[versionEnd] !== QUOTE) return -1;
    if (!this.#gathered.add(frame, 0, versionStart)) return -1;
    this.name = frame.toString('latin1', BEFORE_NAME.length, nameEnd);
    this.resourceVersion = frame.toString('latin1', versionStart, versionEnd);
    return versionEnd;
  }

  /** All behind the resourceVersion but the values of annotations and managedFields. @returns where metadata closes */
  #metadata(frame: Buffer, from: number): number {
    const behind = endOf(BEFORE_ANNOTATIONS, frame, from);
    if (behind === -1 || !this.#gathered.add(frame, from, behind)) return -1;
    const annotationsEnd = frame.indexOf(END_OF_MAP, behind);
    if (!beginsWith(frame, annotationsEnd, frame.length, BEFORE_MANAGED_FIELDS)) return -1;
    return endOfMetadata(frame, annotationsEnd + BEFORE_MANAGED_FIELDS.length, frame.length);
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
    if (endOfStatus(frame, end, frame.length, END_OF_EVENT) === -1) return false;
    return this.#gathered.add(frame, addresses, end + AFTER_ADDRESSES.length);
  }

  /** The first of these that is named NetworkUnavailable, if there is one, but for the time of its heartbeat. */
  #condition(conditions: Buffer): boolean {
    const type = conditions.indexOf(TYPE);
    if (type === -1) return true;
    const found = type - BEFORE_TYPE.length;
    if (!beginsWith(conditions, found, type, BEFORE_TYPE)) return false;
    if (!beginsWith(conditions, type + TYPE.length, conditions.length, AFTER_TYPE)) return false;
    const end = conditions.indexOf(END_OF_CONDITION, found);
    // Where a backslash stands before the quote, that may be inside a string.
    if (end === -1 || conditions[end - 1] === BACKSLASH) return false;
    const heartbeat = conditions.subarray(found, end).indexOf(HEARTBEAT);
    if (heartbeat === -1) return this.#gathered.add(conditions, found, end + END_OF_CONDITION.length);
    const time = found + heartbeat + HEARTBEAT.length;
    return (
      this.#gathered.add(conditions, found, time) &&
      this.#gathered.add(conditions, endOfTime(conditions, time), end + END_OF_CONDITION.length)
    );
  }
}

const BACKSLASH = 0x5c;
const ZERO = 0x30;
const HYPHEN = 0x2d;
const T = 0x54;
const Z = 0x5a;

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
