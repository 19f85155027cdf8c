/**
 * Where the two largest parts of an object end, without walking them: of a Node managedFields and images, its long list,
 * are four fifths of its JSON. Taken only where the bytes begin as kube-apiserver's own encoder writes the object (kind,
 * apiVersion, metadata, name: Go's struct order, encoding/json), because what follows rests on that encoder:
 *
 * - Inside the managedFields list nothing is a list: a ManagedFieldsEntry has none, and fieldsV1 is a set written as
 *   nested objects (structured-merge-diff fieldpath/serialize.go), which the API server also checks when a client
 *   sends it. So its end is the first `]` outside strings.
 * - Inside the long list no object stands in a list: of a Node each image holds its names and its size
 *   (core/v1/types.go, ContainerImage). So its end is the first `}]` outside strings.
 * - Quotes inside strings are escaped. So where a quote follows a comma, and a letter follows the quote, the quote begins
 *   a string: `]},"spec":{` (or whatever stands behind metadata) and `}],"` with a letter behind it are never inside one. The last line feed of a frame is
 *   not inside one either. If the first end of all goes on like this, it is outside strings.
 *
 * Where any of it does not hold, the tokenizer walks on as before. It walks all that follows in any case: whatever
 * stands behind these parts is seen, and a part that ended anywhere else would leave brackets that do not match.
 */

import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { beginsWith } from '../bytes.ts';

const ITEM_LAYOUT = Buffer.from('{"metadata":{"name":"');
const CLOSE_BRACKET = 0x5d;
const FIRST_ELEMENT = Buffer.from('[{');
const END_OF_LONG_LIST = Buffer.from('}]');
const NEXT_FIELD = Buffer.from(',"');

/** The texts by which Go's layout of one resource's objects is known. */
export interface GoLayout {
  /** What an object begins with in a watch event, to the quote before its name. */
  readonly event: Buffer;
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

/** Whether an object at `at` begins as Go writes it: in a watch event, or as an item of a list. */
export function isGoLayout({ event }: GoLayout, bytes: Buffer, at: number, limit: number): boolean {
  return beginsWith(bytes, at, limit, event) || beginsWith(bytes, at, limit, ITEM_LAYOUT);
}

/** Where metadata closes, given the position of its managedFields' value; -1 where that cannot be said. */
export function endOfMetadata(
  { behindManagedFields }: GoLayout,
  bytes: Buffer,
  at: number,
  limit: number,
): number {
  if (behindManagedFields === undefined) return -1;
  const bracket = bytes.indexOf(CLOSE_BRACKET, at);
  // Nothing begins at -1.
  return beginsWith(bytes, bracket, limit, behindManagedFields) ? bracket + 1 : -1;
}

/** What ends a frame whose long list is the last field: with a line feed, or the frame may have been cut. */
export const END_OF_EVENT = Buffer.from('}}}\n');
/** Of an item in a list, whose end the reader of the list has found. */
export const END_OF_ITEM = Buffer.from('}}');

/** Where the long list closes that begins at `at`, in a frame that ends with `tail`; -1 where that cannot be said. */
export function endOfLongList(bytes: Buffer, at: number, limit: number, tail: Buffer): number {
  if (!beginsWith(bytes, at, limit, FIRST_ELEMENT)) return -1;
  const found = bytes.indexOf(END_OF_LONG_LIST, at);
  if (found === -1) return -1;
  const end = found + END_OF_LONG_LIST.length;
  if (end + tail.length === limit) return beginsWith(bytes, end, limit, tail) ? end : -1;
  const isFollowed = beginsWith(bytes, end, limit, NEXT_FIELD) && end + NEXT_FIELD.length < limit;
  return isFollowed && isLetter(bytes[end + NEXT_FIELD.length]!) ? end : -1;
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}
