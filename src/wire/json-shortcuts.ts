/**
 * Where the two largest parts of a Node end, without walking them: managedFields and images are four fifths of its
 * JSON. Taken only where the bytes begin as kube-apiserver's own encoder writes a Node (kind, apiVersion, metadata,
 * name: Go's struct order, encoding/json), because what follows rests on that encoder:
 *
 * - It writes each field of a struct once, in the order of its declaration (kubernetes/api core/v1/types.go,
 *   apimachinery meta/v1/types.go): spec and status follow metadata; status is the last field of a Node, object the
 *   last of a WatchEvent. Where a part that the plan names has not been reached before images, no shortcut is taken.
 * - Inside the managedFields list nothing is a list: a ManagedFieldsEntry has none, and fieldsV1 is a set written as
 *   nested objects (structured-merge-diff fieldpath/serialize.go), which the API server also checks when a client
 *   sends it. So its end is the first `]` outside strings.
 * - Quotes inside strings are escaped: `]},"spec":{`, where a quote follows a comma, is never inside a string. So if
 *   the first `]` of all begins these bytes, it is outside strings, managedFields ends there, and so does metadata.
 *
 * Where any of it does not hold, the tokenizer walks on as before. The tests compare both ways on hostile input.
 */

import { beginsWith } from './bytes.ts';

const EVENT_LAYOUT = Buffer.from('{"kind":"Node","apiVersion":"v1","metadata":{"name":"');
const ITEM_LAYOUT = Buffer.from('{"metadata":{"name":"');
const AFTER_MANAGED_FIELDS = Buffer.from(']},"spec":{');
const CLOSE_BRACKET = 0x5d;

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

/**
 * What ends together: status, the Node and the event around it, and then the line. Without its line feed a frame may have
 * been cut between these braces, and its status may close where the event seems to.
 */
export const END_OF_EVENT = Buffer.from('}}}\n');
/** Of an item in a list, whose end the reader of the list has found. */
export const END_OF_ITEM = Buffer.from('}}');

/** Where status closes, given that it is the last part of its frame; -1 where the frame does not end like that. */
export function endOfStatus(bytes: Buffer, at: number, limit: number, end: Buffer): number {
  const found = limit - end.length;
  return found > at && beginsWith(bytes, found, limit, end) ? found : -1;
}
