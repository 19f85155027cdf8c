/**
 * Gathers the essence of a protobuf frame by walking its fields. It has its own loops instead of a ProtobufReader, so
 * that an entry of a map or an element of a list costs no call.
 *
 * The essence lacks the resourceVersion, annotations and managedFields. Of the Node's status it has only the addresses
 * and one condition, and of the condition only its type and status. Every frame is checked. Tags must come in ascending
 * order, as generated marshallers write them, so that each deciding field is found once and in its place. No field may
 * end after the message that contains it. Each part that a plan can name is gathered with its tag and length, or the
 * frame is refused. Metadata and spec use the same tags, so a zero byte separates them in the essence; no tag is zero.
 */
import type { EssenceReader } from '../essence-reader.ts';
import { beginsWith, endOfDigits, endOfName } from '../bytes.ts';
import { MAGIC } from '../../resource/envelope.ts';
import { apiVersionOf, type Essence, type Resource } from '../../resource/resource.ts';
import { Gathered } from '../gathered.ts';
import { objectKey } from '../object-key.ts';

/** Tags of fields 1 to 5 with wire type 2 (length-delimited). */
const TAG = {
  first: 0x0a,
  second: 0x12,
  third: 0x1a,
  fourth: 0x22,
  fifth: 0x2a,
} as const;
const WIRE_TYPE_BITS = 7;

const META_NAME = TAG.first;
const META_NAMESPACE = TAG.third;
const META_RESOURCE_VERSION = 0x32;
const META_LABELS = 0x5a;
const META_ANNOTATIONS = 0x62;
const META_MANAGED_FIELDS = 0x8a;
const STATUS_CONDITIONS = TAG.fourth;
const STATUS_ADDRESSES = TAG.fifth;
/** Tag of images, which are most of the fields of a status. */
const STATUS_IMAGES = 0x42;

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const LENGTH_PREFIX_BYTES = 4;
const MAX_VARINT_BYTES = 10;
/** Tag of field 1 with wire type 0. No valid tag is smaller. */
const FIRST_TAG = 0x08;
const NO_TAG = Buffer.from([0]);

/** The field WatchEvent.type of a MODIFIED event. */
const MODIFIED = Buffer.from('\n\x08MODIFIED', 'latin1');
/** The fields after Unknown.raw: contentEncoding and contentType, both empty. */
const BEHIND_OBJECT = Buffer.from('\x1a\x00\x22\x00', 'latin1');

export class ProtobufEssence implements EssenceReader {
  readonly #gathered = new Gathered();
  #bytes: Buffer = MODIFIED;
  /** `[#start, #end)` is the payload of the field that was read last. */
  #start = 0;
  #end = 0;
  /** The beginning of RawExtension.raw: the magic, then runtime.Unknown.typeMeta. */
  readonly #head: Buffer;
  /** Type of the condition that decides. */
  readonly #type: Buffer;
  key = '';
  resourceVersion = '';

  constructor(resource: Resource, { condition }: Essence) {
    const typeMeta = Buffer.concat([
      shortText(TAG.first, apiVersionOf(resource)),
      shortText(TAG.second, resource.kind),
    ]);
    this.#head = Buffer.concat([MAGIC, Buffer.from([TAG.first, typeMeta.length]), typeMeta]);
    this.#type = Buffer.from(condition);
  }

  get bytes(): Buffer {
    return this.#gathered.bytes;
  }

  get length(): number {
    return this.#gathered.length;
  }

  read(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#gathered.length = 0;
    this.key = this.resourceVersion = '';
    const object = start + LENGTH_PREFIX_BYTES + MODIFIED.length;
    if (!beginsWith(bytes, start + LENGTH_PREFIX_BYTES, end, MODIFIED)) return false;
    // WatchEvent.object, RawExtension.raw and Unknown.raw are nested. The first two must end
    // exactly where the frame ends.
    if (!this.#enter(object, end, TAG.second) || this.#end !== end) return false;
    if (!this.#enter(this.#start, end, TAG.first) || this.#end !== end) return false;
    if (!beginsWith(bytes, this.#start, end, this.#head)) return false;
    if (!this.#enter(this.#start + this.#head.length, end, TAG.second)) return false;
    const objectEnd = this.#end;
    if (
      objectEnd !== end &&
      (objectEnd + BEHIND_OBJECT.length !== end || !beginsWith(bytes, objectEnd, end, BEHIND_OBJECT))
    )
      return false;
    return this.#object(this.#start, objectEnd);
  }

  /** Gathers from metadata, spec and status. The object must have these fields in this order, and no others. */
  #object(start: number, end: number): boolean {
    if (!this.#enter(start, end, TAG.first)) return false;
    const metadataEnd = this.#end;
    if (!this.#metadata(this.#start, metadataEnd)) return false;
    if (!this.#enter(metadataEnd, end, TAG.second)) return false;
    const specEnd = this.#end;
    if (!this.#gathered.add(NO_TAG, 0, NO_TAG.length)) return false;
    if (!this.#gathered.add(this.#bytes, metadataEnd, specEnd)) return false;
    if (!this.#enter(specEnd, end, TAG.third) || this.#end !== end) return false;
    return this.#status(this.#start, end);
  }

  /** Gathers metadata. Adjacent fields are added in one piece. */
  #metadata(start: number, end: number): boolean {
    let takenFrom = start;
    let before = 0;
    for (let at = start; at < end;) {
      const next = this.#field(at, end);
      const tag = this.#tag;
      // Equal tags are allowed here, because maps and lists repeat theirs. Single fields are checked below.
      if (next === -1 || tag < before) return false;
      if (tag === META_NAME) {
        if (tag === before || !this.#takeName()) return false;
      } else if (tag === META_NAMESPACE) {
        if (tag === before || !this.#takeNamespace()) return false;
      } else if (tag === META_RESOURCE_VERSION) {
        if (tag === before || !this.#takeVersion()) return false;
      }
      if (tag === META_RESOURCE_VERSION || tag === META_ANNOTATIONS || tag === META_MANAGED_FIELDS) {
        if (!this.#gathered.add(this.#bytes, takenFrom, at)) return false;
        takenFrom = tag === META_ANNOTATIONS ? endOfRun(this.#bytes, next, end, tag) : next;
      }
      before = tag;
      at = tag === META_LABELS || tag === META_ANNOTATIONS ? endOfRun(this.#bytes, next, end, tag) : next;
    }
    return this.key !== '' && this.resourceVersion !== '' && this.#gathered.add(this.#bytes, takenFrom, end);
  }

  #takeName(): boolean {
    if (endOfName(this.#bytes, this.#start, this.#end) !== this.#end) return false;
    this.key = this.#bytes.toString('latin1', this.#start, this.#end);
    return true;
  }

  /** Takes the namespace, which follows the name. It is empty if the object is cluster-scoped. */
  #takeNamespace(): boolean {
    if (this.#start === this.#end) return true;
    if (this.key === '' || endOfName(this.#bytes, this.#start, this.#end) !== this.#end) return false;
    this.key = objectKey(this.#bytes.toString('latin1', this.#start, this.#end), this.key);
    return true;
  }

  #takeVersion(): boolean {
    if (endOfDigits(this.#bytes, this.#start, this.#end) !== this.#end) return false;
    this.resourceVersion = this.#bytes.toString('latin1', this.#start, this.#end);
    return true;
  }

  #status(start: number, end: number): boolean {
    let before = 0;
    let isConditionSeen = false;
    for (let at = start; at < end;) {
      const next = this.#field(at, end);
      const tag = this.#tag;
      if (next === -1 || tag < before) return false;
      if (tag === STATUS_CONDITIONS) {
        const statusEnd = this.#condition(this.#start, next);
        if (statusEnd === -1) return false;
        if (statusEnd > 0 && !isConditionSeen) {
          isConditionSeen = true;
          if (!this.#gathered.add(this.#bytes, at, statusEnd)) return false;
        }
      } else if (tag === STATUS_ADDRESSES) {
        if (!this.#gathered.add(this.#bytes, at, next)) return false;
      } else if (tag >>> 3 === STATUS_CONDITIONS >>> 3 || tag >>> 3 === STATUS_ADDRESSES >>> 3) return false;
      before = tag;
      at = isRunOfStatus(tag) ? endOfRun(this.#bytes, next, end, tag) : next;
    }
    return true;
  }

  /**
   * Reads a condition.
   * @returns end offset of its status if it has the deciding type; 0 if it has another type; -1 to refuse the frame
   */
  #condition(start: number, end: number): number {
    if (!this.#enter(start, end, TAG.first)) return -1;
    const isTheOne =
      this.#end - this.#start === this.#type.length && beginsWith(this.#bytes, this.#start, end, this.#type);
    if (!this.#enter(this.#end, end, TAG.second)) return -1;
    const statusEnd = this.#end;
    let before: number = TAG.second;
    for (let at = statusEnd; at < end;) {
      const next = this.#field(at, end);
      if (next === -1 || this.#tag <= before) return -1;
      before = this.#tag;
      at = next;
    }
    return isTheOne ? statusEnd : 0;
  }

  /** Reads the field at `at`. @returns true if it has this tag; its payload is then `[#start, #end)` */
  #enter(at: number, limit: number, tag: number): boolean {
    return this.#field(at, limit) !== -1 && this.#tag === tag;
  }

  /** Tag of the field that was read last. */
  #tag = 0;

  /**
   * Reads the field at `at`.
   * @returns start offset of the next field; -1 if the field has an unexpected form or ends after `limit`
   */
  #field(at: number, limit: number): number {
    const bytes = this.#bytes;
    let tag = bytes[at++]!;
    const wireType = tag & WIRE_TYPE_BITS;
    if (tag >= 0x80) {
      const high = bytes[at++]!;
      if (high >= 0x80) return -1;
      tag = (tag & 0x7f) | (high << 7);
    }
    this.#tag = tag;
    if (tag < FIRST_TAG) return -1;
    if (wireType === VARINT) {
      const last = at + MAX_VARINT_BYTES - 1;
      while (at < last && bytes[at]! >= 0x80) at++;
      return at < limit && bytes[at]! < 0x80 ? at + 1 : -1;
    }
    if (wireType !== LENGTH_DELIMITED) return -1;
    let length = bytes[at++]!;
    if (length >= 0x80) {
      const second = bytes[at++]!;
      length = (length & 0x7f) | ((second & 0x7f) << 7);
      if (second >= 0x80) {
        const third = bytes[at++]!;
        // A length of three bytes reaches 2 MiB. No Node is that large.
        if (third >= 0x80) return -1;
        length |= third << 14;
      }
    }
    this.#start = at;
    const next = (this.#end = at + length);
    // If the buffer ends before the first byte of the length, `next` is NaN. If it ends before the last byte, `next` is
    // beyond the limit.
    return next <= limit ? next : -1;
  }
}

/** A text field of at most 127 bytes. */
function shortText(tag: number, text: string): Buffer {
  return Buffer.from(`${String.fromCharCode(tag, text.length)}${text}`, 'latin1');
}

/**
 * True for fields that are stepped over as a run: images, and the fields before the conditions (capacity, allocatable,
 * phase). Numbers are excluded, because they have no length.
 */
function isRunOfStatus(tag: number): boolean {
  return (tag < STATUS_CONDITIONS && (tag & WIRE_TYPE_BITS) === LENGTH_DELIMITED) || tag === STATUS_IMAGES;
}

/**
 * Steps over a run of fields with the same tag: the entries of a map or the elements of a list. The tag has one byte
 * and is length-delimited.
 * @returns start offset of the first field with another tag, or of one that is too long for this loop
 */
function endOfRun(bytes: Buffer, at: number, limit: number, tag: number): number {
  while (at < limit && bytes[at] === tag) {
    let next = at + 2;
    const low = bytes[at + 1]!;
    if (low < 0x80) next += low;
    else {
      const high = bytes[at + 2]!;
      if (high >= 0x80) break;
      next += 1 + (low & 0x7f) + (high << 7);
    }
    // The caller reads this field again and finds that it exceeds its message.
    if (!(next <= limit)) break;
    at = next;
  }
  return at;
}
