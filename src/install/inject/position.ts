/**
 * Finds the places of nodes in a text from the parser's tokens, so that insertions and removals are exactly whole
 * lines, or exactly one element with its comma. Pure.
 */
import { type CST, isCollection, isNode, isScalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { CannotSplice } from './problem.ts';

export type Collection = YAMLMap | YAMLSeq;

export interface Element {
  /** The offset of its dash, key or value. */
  readonly start: number;
  /** The offset after its last character, without space, comments and line breaks. */
  readonly end: number;
  /** The offset after the key of a pair, before its colon. */
  readonly keyEnd: number;
}

const TRIVIA: ReadonlySet<string> = new Set(['space', 'newline', 'comment', 'comma']);

/** A block ends where its last element does, at every level, so ends are asked for often. */
const known = new WeakMap<Collection, readonly Element[]>();

/** The elements of a collection that is not empty, in the order of the text. */
export function elementsOf(collection: Collection): readonly Element[] {
  const found = known.get(collection) ?? readElements(collection);
  known.set(collection, found);
  return found;
}

function readElements(collection: Collection): readonly Element[] {
  const tokens = tokenOf(collection).items.filter(
    ({ start, key, sep, value }) =>
      key !== undefined ||
      sep !== undefined ||
      value !== undefined ||
      start.some(({ type }) => !TRIVIA.has(type)),
  );
  if (tokens.length !== collection.items.length)
    throw new CannotSplice('its elements cannot be told apart in the text');
  return tokens.map((token, index) => elementOf(token, collection.items[index]));
}

export function isFlow(collection: Collection): boolean {
  return tokenOf(collection).type === 'flow-collection';
}

export function startOf(collection: Collection): number {
  return tokenOf(collection).offset;
}

function tokenOf(collection: Collection): CST.BlockMap | CST.BlockSequence | CST.FlowCollection {
  const token = collection.srcToken;
  if (token === undefined || !('items' in token)) throw new CannotSplice('it has no position in the text');
  return token;
}

function elementOf(token: CST.CollectionItem, item: unknown): Element {
  const mark = token.start.find(({ type }) => !TRIVIA.has(type));
  const start = (mark ?? token.key ?? token.sep?.[0] ?? token.value)?.offset;
  if (start === undefined) throw new CannotSplice('one of its elements has no position in the text');
  const isPair = typeof item === 'object' && item !== null && 'key' in item;
  const key = isPair ? item.key : undefined;
  const value = isPair && 'value' in item ? item.value : item;
  const keyEnd = endOf(key) ?? start;
  const colon = token.sep?.find(({ type }) => type === 'map-value-ind');
  const bare = colon ?? (key === undefined ? mark : undefined);
  const bareEnd = bare === undefined ? keyEnd : bare.offset + bare.source.length;
  return { start, keyEnd, end: Math.max(endOf(value) ?? 0, bareEnd) };
}

/** The offset after the last character of a node; undefined if nothing is written for it. */
function endOf(value: unknown): number | undefined {
  if (isCollection(value) && value.srcToken !== undefined && value.items.length > 0 && !isFlow(value))
    return elementsOf(value).at(-1)?.end;
  if (!isNode(value) || !value.range) return undefined;
  const [start, end] = value.range;
  return isScalar(value) && start === end ? undefined : end;
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The offset after the line break of the line of `offset`; the end of the text on its last line. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  return found === -1 ? text.length : found + 1;
}

/** True if only spaces precede `offset` on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return /^ *$/.test(text.slice(lineStart(text, offset), offset));
}

/** True if the text contains only space, line breaks and comments. */
export function isTrivia(text: string): boolean {
  return /^(?:[ \t\r\n]|#[^\n]*(?:\n|$))*$/.test(text);
}

export function column(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
