/**
 * Where the two largest parts of a Node end, without walking them: managedFields and images are four fifths of its
 * JSON. Taken only where the bytes begin as kube-apiserver's own encoder writes a Node (kind, apiVersion, metadata,
 * name: Go's struct order, encoding/json), because what follows rests on that encoder:
 *
 * - Inside the managedFields list nothing is a list: a ManagedFieldsEntry has none, and fieldsV1 is a set written as
 *   nested objects (structured-merge-diff fieldpath/serialize.go), which the API server also checks when a client
 *   sends it. So its end is the first `]` outside strings.
 * - Inside the list of images no object stands in a list: each holds its names and its size (core/v1/types.go,
 *   ContainerImage). So its end is the first `}]` outside strings.
 * - Quotes inside strings are escaped. So where a quote follows a comma, and a letter follows the quote, the quote begins
 *   a string: `]},"spec":{` and `}],"` with a letter behind it are never inside one. The last line feed of a frame is
 *   not inside one either. If the first end of all goes on like this, it is outside strings.
 *
 * Where any of it does not hold, the tokenizer walks on as before. It walks all that follows in any case: whatever
 * stands behind these parts is seen, and a part that ended anywhere else would leave brackets that do not match.
 */

import { beginsWith } from '../bytes.ts';

const EVENT_LAYOUT = Buffer.from('{"kind":"Node","apiVersion":"v1","metadata":{"name":"');
const ITEM_LAYOUT = Buffer.from('{"metadata":{"name":"');
const AFTER_MANAGED_FIELDS = Buffer.from(']},"spec":{');
const CLOSE_BRACKET = 0x5d;
const FIRST_IMAGE = Buffer.from('[{');
const END_OF_IMAGES = Buffer.from('}]');
const NEXT_FIELD = Buffer.from(',"');

/** Whether an object at `at` begins as Go writes a Node: in a watch event, or as an item of a list. */
export function isGoLayout(bytes: Buffer, at: number, limit: number): boolean {
  return beginsWith(bytes, at, limit, EVENT_LAYOUT) || beginsWith(bytes, at, limit, ITEM_LAYOUT);
}

/** Where metadata closes, given the position of its managedFields' value; -1 where that cannot be said. */
export function endOfMetadata(bytes: Buffer, at: number, limit: number): number {
  const bracket = bytes.indexOf(CLOSE_BRACKET, at);
  // Nothing begins at -1.
  return beginsWith(bytes, bracket, limit, AFTER_MANAGED_FIELDS) ? bracket + 1 : -1;
}

/** What ends a frame whose images are the last field of its status: with a line feed, or the frame may have been cut. */
export const END_OF_EVENT = Buffer.from('}}}\n');
/** Of an item in a list, whose end the reader of the list has found. */
export const END_OF_ITEM = Buffer.from('}}');

/** Where the list of images closes that begins at `at`, in a frame that ends with `tail`; -1 where that cannot be said. */
export function endOfImages(bytes: Buffer, at: number, limit: number, tail: Buffer): number {
  if (!beginsWith(bytes, at, limit, FIRST_IMAGE)) return -1;
  const found = bytes.indexOf(END_OF_IMAGES, at);
  if (found === -1) return -1;
  const end = found + END_OF_IMAGES.length;
  if (end + tail.length === limit) return beginsWith(bytes, end, limit, tail) ? end : -1;
  const isFollowed = beginsWith(bytes, end, limit, NEXT_FIELD) && end + NEXT_FIELD.length < limit;
  return isFollowed && isLetter(bytes[end + NEXT_FIELD.length]!) ? end : -1;
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}
