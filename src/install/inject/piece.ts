/**
 * A piece of text with whole documents, and changes of many workloads in it at once, so that the text is read again
 * only once. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { type ParsedDocument, parseDocuments } from './documents.ts';
import type { Path } from '../../platform/text/json-value.ts';
import { CannotSplice } from './problem.ts';
import { pathKey, replaceWorkloads, type Workload } from './workload.ts';

export interface Piece {
  readonly text: string;
  readonly documents: readonly ParsedDocument[];
}

/** The place of a workload. Documents and lists keep their order when their content changes. */
export interface Site {
  /** Of the document. */
  readonly index: number;
  /** In the document. */
  readonly path: Path;
}

export interface Found {
  readonly site: Site;
  readonly document: ParsedDocument;
  readonly workload: Workload;
}

export function readPiece(text: string): Piece {
  return { text, documents: parseDocuments(text) };
}

export function workloadsOf({ documents }: Piece): readonly Found[] {
  return documents.flatMap((document, index) =>
    document.workloads.map((workload) => ({ site: { index, path: workload.path }, document, workload })),
  );
}

/** The workloads at `sites`, in their order. @throws CannotSplice if one is gone */
export function find(piece: Piece, sites: readonly Site[]): readonly Found[] {
  const all = new Map(workloadsOf(piece).map((found) => [siteKey(found.site), found]));
  return sites.map((site) => {
    const found = all.get(siteKey(site));
    if (found === undefined) throw new CannotSplice('it is lost on the way');
    return found;
  });
}

function siteKey({ index, path }: Site): string {
  return `${index}/${pathKey(path)}`;
}

/** True if `after` equals `before`, except for the workloads at some sites. */
export function meansAsPlanned(
  before: Piece,
  after: Piece,
  planned: readonly { readonly site: Site; readonly value: unknown }[],
  same: (value: unknown) => unknown = (value) => value,
): boolean {
  const byDocument = before.documents.map(() => new Map<string, unknown>());
  for (const { site, value } of planned) byDocument[site.index]?.set(pathKey(site.path), value);
  const expected = before.documents.map(({ value }, index) =>
    replaceWorkloads(value, byDocument[index] ?? new Map()),
  );
  return isDeepStrictEqual(after.documents.map(({ value }) => value).map(same), expected.map(same));
}

/** A change that was not possible, and the reason. */
export interface Refusal {
  readonly site: Site;
  readonly message: string;
}

/** Changes the workloads at some sites. @throws CannotSplice */
export type Change = (piece: Piece, sites: readonly Site[]) => Piece;

/** The most refusals that are reported: each costs another reading of the text, and one is enough to write nothing. */
const MAX_REFUSALS = 16;

/** Changes all `sites` at once or, if that fails, in halves, to find those that fail. */
export function changeAll(
  piece: Piece,
  sites: readonly Site[],
  change: Change,
  known = 0,
): { readonly piece: Piece; readonly refusals: readonly Refusal[] } {
  if (sites.length === 0) return { piece, refusals: [] };
  try {
    return { piece: change(piece, sites), refusals: [] };
  } catch (error) {
    if (!(error instanceof CannotSplice)) throw error;
    const { message } = error;
    if (sites.length === 1) return { piece, refusals: sites.map((site) => ({ site, message })) };
    if (known >= MAX_REFUSALS) return { piece, refusals: [] };
  }
  const half = sites.length >> 1;
  const first = changeAll(piece, sites.slice(0, half), change, known);
  const second = changeAll(first.piece, sites.slice(half), change, known + first.refusals.length);
  return { piece: second.piece, refusals: [...first.refusals, ...second.refusals] };
}
