/**
 * Gathers the essence of a protobuf frame by walking its fields, in a loop of its own: no object, no call per field.
 *
 * Left out are the resourceVersion, annotations and managedFields, and of the status all but the addresses and one
 * condition's type and status. Nothing is taken on trust: tags have to come in ascending order, as generated
 * marshallers write them, so that what decides is seen once and in its place, and every length has to stay inside its
 * message. Each part that a plan can name is gathered with its tag and length, or the frame is refused. Between metadata
 * and spec a byte is put that no tag has: both messages have fields with the same tags.
 */
import { type EssenceReader } from '../essence-reader.ts';
import { beginsWith, endOfDigits, endOfName } from '../bytes.ts';
import { MAGIC } from '../../resource/envelope.ts';
import { apiVersionOf, type Essence, type Resource } from '../../resource/resource.ts';
import { Gathered } from '../gathered.ts';
import { objectKey } from '../object-key.ts';

/** Number and wire type 2 (length-delimited) of fields 1 to 5. */
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
/** Of images: most of the fields there are. */
const STATUS_IMAGES = 0x42;

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const LENGTH_PREFIX_BYTES = 4;
const MAX_VARINT_BYTES = 10;
/** The tag of a field with the smallest number there is. */
const FIRST_TAG = 0x08;
const NO_TAG = Buffer.from([0]);

/** WatchEvent.type */
const MODIFIED = Buffer.from('\n\x08MODIFIED', 'latin1');
/** Behind Unknown.raw: contentEncoding and contentType, both empty. */
const BEHIND_OBJECT = Buffer.from('\x1a\x00\x22\x00', 'latin1');

export class ProtobufEssence implements EssenceReader {
  readonly #gathered = new Gathered();
  #bytes: Buffer = MODIFIED;
  /** Where the payload of the field last read begins and ends. */
  #start = 0;
  #end = 0;
  /** What RawExtension.raw begins with: the magic, then runtime.Unknown.typeMeta. */
  readonly #head: Buffer;
  /** The type of the one condition. */
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
    // WatchEvent.object, RawExtension.raw, Unknown.raw: each the last of its message.
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

  /** Metadata, spec and status, in this order, and nothing else. */
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

  /** Neighbours that are taken go together. */
  #metadata(start: number, end: number): boolean {
    let takenFrom = start;
    let before = 0;
    for (let at = start; at < end;) {
      const next = this.#field(at, end);
      const tag = this.#tag;
      // Maps and lists repeat their tag; what must come once is looked at below.
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

  /** Written behind the name, and empty where the object is cluster-scoped. */
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

  /** @returns where the status of a condition ends that is the one; 0 for any other; -1 for an unexpected one */
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

  /** Whether a field with this tag stands at `at`; its payload is then `[#start, #end)`. */
  #enter(at: number, limit: number, tag: number): boolean {
    return this.#field(at, limit) !== -1 && this.#tag === tag;
  }

  /** The tag of the field last read. */
  #tag = 0;

  /** Reads the field at `at`. @returns where the next one begins; -1: of another kind, or it leaves its message */
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
        // Three bytes count to 2 MiB, more than a Node may have.
        if (third >= 0x80) return -1;
        length |= third << 14;
      }
    }
    this.#start = at;
    const next = (this.#end = at + length);
    // Not a number where the length itself lies beyond the buffer.
    return next <= limit ? next : -1;
  }
}

/** A field of at most 127 bytes. */
function shortText(tag: number, text: string): Buffer {
  return Buffer.from(`${String.fromCharCode(tag, text.length)}${text}`, 'latin1');
}

/** What comes in runs: capacity and allocatable, or images. Never numbers: they have no length to step over. */
function isRunOfStatus(tag: number): boolean {
  return (tag < STATUS_CONDITIONS && (tag & WIRE_TYPE_BITS) === LENGTH_DELIMITED) || tag === STATUS_IMAGES;
}

/**
 * Steps over fields that have the same tag, of one byte and length-delimited: the entries of a map, the elements of a
 * list. @returns where the first other one begins, or one that is too long to be stepped over here
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
    // Whoever reads this field finds it leaving its message.
    if (!(next <= limit)) break;
    at = next;
  }
  return at;
}
