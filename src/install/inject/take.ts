/** Takes the sidecar out of the text of workloads: what `inject` has put in becomes the text before. Pure. */
import { attempt } from '../../platform/text/failure.ts';
import { applyChanges } from './insert.ts';
import { find, meansAsPlanned, type Piece, readPiece, type Site } from './piece.ts';
import { CannotSplice } from './problem.ts';
import { applyRemovals, findRemovals, voidsAsNull } from './removal.ts';
import { removalChanges } from './remove.ts';
import { documentStyle } from './style.ts';

/** @param sites of workloads that have something of ours. @throws CannotSplice */
export function takeSidecars(piece: Piece, sites: readonly Site[]): Piece {
  const restored = taken(piece, sites, true);
  if (restored !== undefined) return restored;
  // What stood there may not fit where another program has written the text anew, or be no empty value at all where
  // somebody changed the record. That is no reason to treat its neighbours so.
  const without = sites.length > 1 ? undefined : taken(piece, sites, false);
  if (without === undefined) throw new CannotSplice(UNSAFE);
  return without;
}

const UNSAFE =
  'it is written in a way in which what is ours cannot be taken out exactly: write its Pod template plainly';

function taken(piece: Piece, sites: readonly Site[], mayRestore: boolean): Piece | undefined {
  const removals = removalsAt(piece, sites, mayRestore);
  const after = readPiece(textAfter(piece, removals));
  const planned = removals.map(({ site, workload, found }) => ({
    site,
    value: applyRemovals(workload.value, found),
  }));
  return meansAsPlanned(piece, after, planned, voidsAsNull) ? after : undefined;
}

/** The text alone, for whoever knows what it has to be. @throws CannotSplice */
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

/** Whether `text` can follow a key in JSON: a record may come from a time when the manifest was YAML. */
function isJsonValue(text: string): boolean {
  return attempt((): unknown => JSON.parse(`{"key"${text}}`)) !== undefined;
}
