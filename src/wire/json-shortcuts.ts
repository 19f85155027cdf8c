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

const EVENT_LAYOUT = Buffer.from('{"kind":"Node","apiVersion":"v1","metadata":{"name":"');
const ITEM_LAYOUT = Buffer.from('{"metadata":{"name":"');
const AFTER_MANAGED_FIELDS = Buffer.from(']},"spec":{');
const CLOSE_BRACKET = 0x5d;
const LF = 0x0a;
const CLOSE_BRACE = 0x7d;

/** Whether an object at `at` begins as Go writes a Node: in a watch event, or as an item of a list. */
export function isGoLayout(bytes: Buffer, at: number, limit: number): boolean {
  return beginsWith(bytes, at, limit, EVENT_LAYOUT) || beginsWith(bytes, at, limit, ITEM_LAYOUT);
}

function beginsWith(bytes: Buffer, at: number, limit: number, prefix: Buffer): boolean {
  if (at + prefix.length > limit) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

/** Where metadata closes, given the position of its managedFields' value; -1 where that cannot be said. */
export function endOfMetadata(bytes: Buffer, at: number, limit: number): number {
  const bracket = bytes.indexOf(CLOSE_BRACKET, at);
  // Nothing begins at -1.
  return beginsWith(bytes, bracket, limit, AFTER_MANAGED_FIELDS) ? bracket + 1 : -1;
}

/**
 * Where status closes, given that it is the last part of its frame; -1 where the frame does not end like that.
 * @param closers how many objects end there: status, the Node, and the event around it if there is one
 */
export function endOfStatus(bytes: Buffer, at: number, limit: number, closers: number): number {
  const end = bytes[limit - 1] === LF ? limit - 1 : limit;
  const found = end - closers;
  if (found <= at) return -1;
  for (let i = found; i < end; i++) if (bytes[i] !== CLOSE_BRACE) return -1;
  return found;
}
