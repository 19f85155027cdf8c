/**
 * Turns removals into changes of the text: the exact reverse of insert.ts for its own output, and valid for any other
 * text. Pure.
 */
import { isMap, isNode, isSeq, type Node } from 'yaml';
import type { ParsedDocument } from './documents.ts';
import type { Change } from './insert.ts';
import type { Path } from '../../platform/text/json-value.ts';
import {
  type Collection,
  type Element,
  elementsOf,
  isFirstOnLine,
  isFlow,
  lineStart,
  nextLine,
} from './position.ts';
import { CannotSplice } from './problem.ts';
import type { Removals } from './removal.ts';

/** All changes of the text for one workload, at `root`. @throws CannotSplice if other parts would be removed too */
export function removalChanges(
  text: string,
  document: ParsedDocument,
  found: Removals,
  root: Path,
): readonly Change[] {
  const removals = found.removals.flatMap(({ path, keys }) => {
    const collection = collectionAt(document, [...root, ...path]);
    const gone = new Set(keys.map((key) => indexOf(collection, key)));
    return changesIn(text, collection, gone);
  });
  const restorals = found.restorals.map(({ path, text: former }) => {
    const collection = collectionAt(document, [...root, ...path.slice(0, -1)]);
    const pair = elementsOf(collection)[indexOf(collection, path.at(-1) ?? '')];
    if (pair === undefined) throw new CannotSplice('a part of the sidecar has no position in the text');
    return { start: pair.keyEnd, end: pair.end, text: former };
  });
  return [...removals, ...restorals];
}

function indexOf(collection: Collection, key: string | number): number {
  return isMap(collection) ? collection.items.findIndex((pair) => String(pair.key) === key) : Number(key);
}

function collectionAt({ tree, usedAnchors }: ParsedDocument, path: Path): Collection {
  let node: Node | null = tree.contents;
  for (const step of [...path, undefined]) {
    if (!isMap(node) && !isSeq(node))
      throw new CannotSplice(`${path.join('.')} is written elsewhere, by alias or <<: write it out`);
    if (node.anchor !== undefined && usedAnchors.has(node.anchor))
      throw new CannotSplice(`${path.join('.')} is used elsewhere too, by the anchor &${node.anchor}`);
    if (step === undefined) return node;
    const index = indexOf(node, step);
    const child: unknown = isMap(node) ? node.items[index]?.value : node.items[index];
    node = isNode(child) ? child : null;
  }
  throw new CannotSplice('it is not a mapping');
}

function changesIn(text: string, collection: Collection, gone: ReadonlySet<number>): readonly Change[] {
  const elements = elementsOf(collection);
  return runs(elements, gone).map((run) => (isFlow(collection) ? flowChange(run) : blockChange(text, run)));
}

/** Neighbours that are removed together, and what remains on both sides. */
interface Run {
  readonly first: Element;
  readonly last: Element;
  readonly before: Element | undefined;
  readonly behind: Element | undefined;
}

function runs(elements: readonly Element[], gone: ReadonlySet<number>): readonly Run[] {
  const found: Run[] = [];
  for (let index = 0; index < elements.length; index++) {
    const first = elements[index];
    if (first === undefined || !gone.has(index)) continue;
    const before = elements[index - 1];
    while (gone.has(index + 1)) index++;
    found.push({ first, last: elements[index] ?? first, before, behind: elements[index + 1] });
  }
  return found;
}

function flowChange({ first, last, before, behind }: Run): Change {
  if (behind !== undefined) return { start: first.start, end: behind.start, text: '' };
  return { start: before?.end ?? first.start, end: last.end, text: '' };
}

function blockChange(text: string, { first, last, behind }: Run): Change {
  if (!isFirstOnLine(text, first.start)) {
    // After a dash, the following text moves up to it.
    if (behind === undefined) throw new CannotSplice('nothing would be left of an element');
    return { start: first.start, end: behind.start, text: '' };
  }
  const start = lineStart(text, first.start);
  const end = text[last.end - 1] === '\n' ? last.end : nextLine(text, last.end);
  return { start, end, text: '' };
}
