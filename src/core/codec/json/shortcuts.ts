/**
 * Finds the ends of the two largest parts of an object without walking them. In a Node these are managedFields and
 * images (its long list), which make up four fifths of its JSON. A shortcut is taken only if the object begins as
 * kube-apiserver's own encoder writes it (kind, apiVersion, metadata, name, in Go's struct order, encoding/json),
 * because the following arguments depend on that encoder:
 *
 * - The managedFields list contains no other list. A ManagedFieldsEntry has none, and fieldsV1 is a set that is written
 *   as nested objects (structured-merge-diff fieldpath/serialize.go). The API server checks each fieldsV1 that a client
 *   sends. Therefore the list ends at the first `]` outside strings.
 * - The long list contains no other list of objects. Each image of a Node has its names and its size (core/v1/types.go,
 *   ContainerImage). Therefore the list ends at the first `}]` outside strings.
 * - Quotes inside strings are escaped. Therefore a quote between a comma and a letter begins a string, and so does a
 *   quote between `,{` and a letter, as at the next item of a list. The bytes before such a quote are outside strings.
 *   In three texts the brackets stand directly before such a quote: `]},"` before `spec":{` (`spec` stands for the
 *   field after metadata), `}],"` before a letter, and `}]}},{"` before a letter. So these brackets are outside
 *   strings. A bracket is also outside strings if nothing but the end of the frame or of the item comes after it: no
 *   string contains the line feed that ends a frame, and no string is open where an item ends.
 *
 * If one of these conditions does not hold, the tokenizer walks the part. A scanner or list reader also walks
 * everything after the part, so it sees all later fields, and a wrong end would leave brackets that do not match.
 * essence.ts has its own reasons.
 */

import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { beginsWith } from '../bytes.ts';

const ITEM_LAYOUT = Buffer.from('{"metadata":{"name":"');
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const NEXT_ELEMENT = Buffer.from(',{');
const FIRST_ELEMENT = Buffer.from('[{');
const END_OF_LONG_LIST = Buffer.from('}]');
/**
 * The long list may be the last field of a frame or of the last item of a LIST. Everywhere else one of these texts
 * follows, and then a letter: NEXT_FIELD before another field of the same object, NEXT_ITEM before another item.
 */
const NEXT_FIELD = Buffer.from(',"');
const NEXT_ITEM = Buffer.from('}},{"');

/** The bytes that identify Go's layout for the objects of one resource. */
export interface GoLayout {
  /** The beginning of an object in a watch event, up to the quote before its name. */
  readonly event: Buffer;
  /** The bytes from the end of managedFields to the next field; undefined if that field is not always written. */
  readonly behindManagedFields: Buffer | undefined;
}

export function goLayoutOf(resource: Resource): GoLayout {
  const { kind, layout } = resource;
  return {
    event: Buffer.from(`{"kind":"${kind}","apiVersion":"${apiVersionOf(resource)}","metadata":{"name":"`),
    behindManagedFields:
      layout.behindMetadata === undefined ? undefined : Buffer.from(`]},"${layout.behindMetadata}":{`),
  };
}

/** True if the object at `at` begins as Go writes an object in a watch event or an item of a list. */
export function isGoLayout({ event }: GoLayout, bytes: Buffer, at: number, limit: number): boolean {
  return beginsWith(bytes, at, limit, event) || beginsWith(bytes, at, limit, ITEM_LAYOUT);
}

/** True if a comma and another item of a list begin at `at`. */
export function beginsNextItem(bytes: Buffer, at: number, limit: number): boolean {
  return bytes[at] === COMMA && beginsWith(bytes, at + 1, limit, ITEM_LAYOUT);
}

/**
 * Finds the end of metadata from `at`, the start of the value of managedFields. A value that is not a list is refused,
 * because the first closing bracket after it would belong to another field or to the next item of a list.
 * @returns offset of the brace that closes metadata; -1 if the end is not certain
 */
export function endOfMetadata(
  { behindManagedFields }: GoLayout,
  bytes: Buffer,
  at: number,
  limit: number,
): number {
  if (behindManagedFields === undefined || bytes[at] !== OPEN_BRACKET) return -1;
  const bracket = bytes.indexOf(CLOSE_BRACKET, at);
  // If no bracket was found, `bracket` is -1, and beginsWith() is false for -1.
  return beginsWith(bytes, bracket, limit, behindManagedFields) ? bracket + 1 : -1;
}

/**
 * The bytes that end a frame whose last field is the long list. A frame without the line feed may have been cut off.
 */
export const END_OF_EVENT = Buffer.from('}}}\n');
/** The bytes that end an item of a LIST, if the last field of the item is the long list. */
export const END_OF_ITEM = Buffer.from('}}');

/** End offset of the long list that begins at `at`, in bytes that end with `tail`; -1 if the end is not certain. */
export function endOfLongList(bytes: Buffer, at: number, limit: number, tail: Buffer): number {
  if (!beginsWith(bytes, at, limit, FIRST_ELEMENT)) return -1;
  const found = bytes.indexOf(END_OF_LONG_LIST, at);
  if (found === -1) return -1;
  const end = found + END_OF_LONG_LIST.length;
  if (end + tail.length === limit) return beginsWith(bytes, end, limit, tail) ? end : -1;
  return isFollowed(bytes, end, limit, NEXT_FIELD) ? end : -1;
}

/**
 * Like {@link endOfLongList}, but for bytes in which other objects may follow the object that contains the list. If the
 * list ended with `} ]`, a search for `}]` would find the end of a list in a later object. Therefore every closing
 * brace is checked: another element must follow each one except the last.
 */
export function endOfLeadingLongList(bytes: Buffer, at: number, limit: number): number {
  if (!beginsWith(bytes, at, limit, FIRST_ELEMENT)) return -1;
  let brace = at;
  do brace = bytes.indexOf(CLOSE_BRACE, brace + 1);
  while (brace !== -1 && beginsWith(bytes, brace + 1, limit, NEXT_ELEMENT));
  if (brace === -1 || bytes[brace + 1] !== CLOSE_BRACKET) return -1;
  const end = brace + END_OF_LONG_LIST.length;
  return isFollowed(bytes, end, limit, NEXT_FIELD) || isFollowed(bytes, end, limit, NEXT_ITEM) ? end : -1;
}

/** True if `next` and then a letter begin at `at`. */
function isFollowed(bytes: Buffer, at: number, limit: number, next: Buffer): boolean {
  const behind = at + next.length;
  return beginsWith(bytes, at, limit, next) && behind < limit && isLetter(bytes[behind]!);
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}
