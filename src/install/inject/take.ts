/** Removes the sidecar from the text of workloads, which restores the text before `inject`. Pure. */
import { attempt } from '../../platform/text/failure.ts';
import { applyChanges } from './insert.ts';
import { find, meansAsPlanned, type Piece, readPiece, type Site } from './piece.ts';
import { CannotSplice } from './problem.ts';
import { applyRemovals, findRemovals, voidsAsNull } from './removal.ts';
import { removalChanges } from './remove.ts';
import { documentStyle } from './style.ts';

/** @param sites - workloads with the sidecar or parts of it. @throws CannotSplice */
export function takeSidecars(piece: Piece, sites: readonly Site[]): Piece {
  const restored = taken(piece, sites, true);
  if (restored !== undefined) return restored;
  // The recorded original text may not fit if another program has rewritten the manifest, or may be invalid if somebody
  // changed the record. The sidecar is then removed without it, but only alone, so that neighbours are restored.
  const without = sites.length > 1 ? undefined : taken(piece, sites, false);
  if (without === undefined) throw new CannotSplice(UNSAFE);
  return without;
}

const UNSAFE = 'the sidecar cannot be removed exactly: write its Pod template without special YAML';

function taken(piece: Piece, sites: readonly Site[], mayRestore: boolean): Piece | undefined {
  const removals = removalsAt(piece, sites, mayRestore);
  const after = readPiece(textAfter(piece, removals));
  const planned = removals.map(({ site, workload, found }) => ({
    site,
    value: applyRemovals(workload.value, found),
  }));
  return meansAsPlanned(piece, after, planned, voidsAsNull) ? after : undefined;
}

/** The text without the sidecar, unchecked: the caller compares it with what it expects. @throws CannotSplice */
export function textWithout(piece: Piece, sites: readonly Site[]): string {
  return textAfter(piece, removalsAt(piece, sites, true));
}

type Removing = ReturnType<typeof removalsAt>;

function removalsAt(piece: Piece, sites: readonly Site[], mayRestore: boolean) {
  return find(piece, sites).map(({ site, document, workload }) => {
    const { json } = documentStyle(piece.text, document);
    const fits = (text: string) => mayRestore && (json === undefined || isJsonValue(text));
    return { site, document, workload, found: findRemovals(workload, fits) };
  });
}

function textAfter(piece: Piece, removals: Removing): string {
  return applyChanges(
    piece.text,
    removals.flatMap(({ document, workload, found }) =>
      removalChanges(piece.text, document, found, workload.path),
    ),
  );
}

/** Whether `text` can follow a key in JSON: the manifest may have been YAML when the record was made. */
function isJsonValue(text: string): boolean {
  return attempt((): unknown => JSON.parse(`{"key"${text}}`)) !== undefined;
}
