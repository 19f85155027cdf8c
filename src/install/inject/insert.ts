/**
 * Turns edits into changes of the text. A key or element is inserted before the others of its collection, as whole
 * lines or followed by a comma; an empty value is replaced and recorded, so that it can be restored. Nothing else
 * changes, so removing the insertions gives the original text. Pure.
 */
import { isAlias, isMap, isNode, isSeq, type Node } from 'yaml';
import { hasMergeKey, type ParsedDocument } from './documents.ts';
import type { Edit } from './edit.ts';
import type { Json, Path } from '../../platform/text/json-value.ts';
import {
  type Collection,
  column,
  type Element,
  elementsOf,
  isFirstOnLine,
  isFlow,
  isTrivia,
  lineStart,
  nextLine,
  startOf,
} from './position.ts';
import { CannotSplice } from './problem.ts';
import { blockEntries, blockItems, flow, jsonText } from './render.ts';
import type { Style } from './style.ts';

/** Replaces the text from `start` to `end` by `text`. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The content of an addition: elements of a list, or pairs of a mapping. */
type Addition = { readonly items: readonly Json[] } | { readonly entries: Readonly<Record<string, Json>> };

interface Place {
  readonly path: Path;
  readonly addition: Addition;
  /** The collection to insert into, or the pair whose empty value is replaced. */
  readonly into: { readonly collection: Collection; readonly after: number } | { readonly pair: Element };
  /** True if the pair is inside a flow collection. */
  readonly inFlow: boolean;
}

/** `text` after all changes, which must not overlap. Changes at the same place keep their order. */
export function applyChanges(text: string, changes: readonly Change[]): string {
  const sorted = changes.toSorted((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  for (const { start, end, text: inserted } of sorted) {
    result += text.slice(at, start) + inserted;
    at = end;
  }
  return result + text.slice(at);
}

/** The replaced empty value of a place, if there is one. */
export function replacedAt(
  text: string,
  { path, into }: Place,
): { readonly path: Path; readonly text: string } | undefined {
  return 'pair' in into ? { path, text: text.slice(into.pair.keyEnd, into.pair.end) } : undefined;
}

/** Finds the place of an edit. @throws CannotSplice if changing it would change other places too */
export function findPlace(text: string, { tree, usedAnchors }: ParsedDocument, edit: Edit): Place {
  const { path } = edit;
  const addition: Addition = 'items' in edit ? { items: edit.items } : { entries: edit.entries };
  let node: Node | null = tree.contents;
  let inFlow = false;
  // After the colon or dash before `node`: later comments belong to the content of `node`.
  let after = 0;
  let pair: Element | undefined;
  for (let depth = 0; ; depth++) {
    const here = path.slice(0, depth);
    checkShared(node, here, usedAnchors);
    const isWhole = depth === path.length;
    const missing = isWhole ? addition : wrap(path.slice(depth), addition);
    if ((isMap(node) || isSeq(node)) && node.items.length > 0) {
      inFlow = isFlow(node);
      const place: Place = { path: here, addition: missing, into: { collection: node, after }, inFlow };
      if (isWhole) return place;
      const step = path[depth];
      const index = isMap(node) ? node.items.findIndex(({ key }) => String(key) === step) : Number(step);
      const element = elementsOf(node)[index];
      if (element === undefined) {
        if (hasMergeKey(node))
          throw new CannotSplice(`${describe(here)} takes keys from another mapping by <<: write them out`);
        return place;
      }
      pair = element;
      after = afterMark(text, element, isMap(node));
      node = childOf(node, index);
    } else {
      if (pair === undefined) throw new CannotSplice('it is not a mapping');
      return { path: here, addition: missing, into: { pair }, inFlow };
    }
  }
}

function childOf(node: Collection, index: number): Node | null {
  const item: unknown = node.items[index];
  const child: unknown = isMap(node) ? node.items[index]?.value : item;
  return isNode(child) ? child : null;
}

function afterMark(text: string, { start, keyEnd }: Element, isPair: boolean): number {
  return isPair ? text.indexOf(':', keyEnd) + 1 : start + 1;
}

/** The same addition if only a part of its path exists. */
function wrap(rest: Path, addition: Addition): Addition {
  const [first, ...deeper] = rest;
  let value: Json = 'items' in addition ? addition.items : addition.entries;
  for (const step of deeper.toReversed()) value = { [step]: value };
  return { entries: { [String(first)]: value } };
}

function checkShared(node: Node | null, path: Path, anchors: ReadonlySet<string>): void {
  if (isAlias(node)) throw new CannotSplice(`${describe(path)} is an alias (*${node.source}): write it out`);
  const anchor = isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined && anchors.has(anchor))
    throw new CannotSplice(
      `${describe(path)} is used elsewhere too, by its anchor &${anchor}: write it out there`,
    );
}

function describe(path: Path): string {
  return path.length === 0 ? 'it' : path.join('.');
}

export function changeFor(text: string, style: Style, place: Place): Change {
  const { into, addition, inFlow } = place;
  if ('pair' in into) return replacement(text, style, { pair: into.pair, addition, inFlow });
  const elements = elementsOf(into.collection);
  const [first, second] = elements;
  if (first === undefined) throw new CannotSplice('it has an empty place');
  return isFlow(into.collection)
    ? flowInsertion(text, style, { open: startOf(into.collection), first, addition })
    : blockInsertion(text, style, { first, second, addition, after: into.after });
}

function blockLines(addition: Addition, style: Style): string[] {
  return 'items' in addition ? blockItems(addition.items, style) : blockEntries(addition.entries, style);
}

function blockInsertion(
  text: string,
  style: Style,
  given: {
    readonly first: Element;
    readonly second: Element | undefined;
    readonly addition: Addition;
    readonly after: number;
  },
): Change {
  const { first, second, addition, after } = given;
  const { eol } = style;
  const lines = blockLines(addition, style);
  const indent = ' '.repeat(column(text, first.start));
  if (isFirstOnLine(text, first.start)) {
    // Before the comments of the first element; otherwise these would seem to belong to the sidecar.
    const top = nextLine(text, after);
    const own = lineStart(text, first.start);
    const at = top <= own && isTrivia(text.slice(top, own)) ? top : own;
    return linesAt(at, lines, { indent, eol });
  }
  // The first pair of an element is after the dash; whole lines fit only after it.
  if (second !== undefined && isFirstOnLine(text, second.start))
    return linesAt(lineStart(text, second.start), lines, { indent, eol });
  const block = lines.map((line, index) => (index === 0 ? line : indent + line));
  return { start: first.start, end: first.start, text: [...block, indent].join(eol) };
}

function linesAt(
  offset: number,
  lines: readonly string[],
  { indent, eol }: { readonly indent: string; readonly eol: string },
): Change {
  const inserted = lines.map((line) => indent + line + eol).join('');
  return { start: offset, end: offset, text: inserted };
}

function flowInsertion(
  text: string,
  style: Style,
  given: { readonly open: number; readonly first: Element; readonly addition: Addition },
): Change {
  const { open, first, addition } = given;
  const gap = text.slice(open + 1, first.start);
  const indent = gap.includes('\n') ? leadingSpace(text, first.start) : undefined;
  const write = (value: Json) => flowText(value, style, indent);
  const parts =
    'items' in addition
      ? addition.items.map(write)
      : Object.entries(addition.entries).map(([key, value]) => flowPair(key, write(value), style));
  const between = indent === undefined ? (isMinified(style) ? ',' : ', ') : `,${style.eol}${indent}`;
  return { start: first.start, end: first.start, text: parts.map((part) => part + between).join('') };
}

function isMinified({ json }: Style): boolean {
  return json !== undefined && json.unit === undefined;
}

function flowPair(key: string, value: string, style: Style): string {
  if (style.json === undefined) return `${flow(key)}: ${value}`;
  return `${JSON.stringify(key)}:${isMinified(style) ? '' : ' '}${value}`;
}

/** @param indent of the line; undefined if the text must stay on one line */
function flowText(value: Json, { json, eol }: Style, indent: string | undefined): string {
  if (json === undefined) return flow(value);
  return jsonText(value, indent === undefined ? { unit: undefined } : json, indent ?? '', eol);
}

function leadingSpace(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}

function replacement(
  text: string,
  style: Style,
  given: { readonly pair: Element; readonly addition: Addition; readonly inFlow: boolean },
): Change {
  const { pair, addition, inFlow } = given;
  const { keyEnd: start, end } = pair;
  if (inFlow) {
    const value: Json = 'items' in addition ? addition.items : addition.entries;
    // On one long line, its start is far away.
    const indent = style.json?.unit === undefined ? undefined : leadingSpace(text, pair.start);
    const written = flowText(value, style, indent);
    return { start, end, text: isMinified(style) ? `:${written}` : `: ${written}` };
  }
  const offset = 'items' in addition ? style.dashOffset : style.step;
  const indent = ' '.repeat(column(text, pair.start) + offset);
  const lines = blockLines(addition, style).map((line) => style.eol + indent + line);
  return { start, end, text: `:${lines.join('')}` };
}
