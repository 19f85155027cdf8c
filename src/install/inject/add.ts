/** Adds the sidecar to the text of workloads, and verifies that it can be removed exactly. Pure. */
import { applyEdits } from './edit.ts';
import { applyChanges, changeFor, findPlace, replacedAt } from './insert.ts';
import { find, type Found, meansAsPlanned, type Piece, readPiece, type Site } from './piece.ts';
import { editsWith, planInjection, type PlanOptions } from './plan.ts';
import { CannotSplice } from './problem.ts';
import { formatRecord, slotOf } from './record.ts';
import { textWithout } from './take.ts';
import { documentStyle, styleOf } from './style.ts';
import { detached } from './workload.ts';

/** @param sites workloads that contain nothing of watchsieve yet @throws CannotSplice */
export function addSidecars(piece: Piece, sites: readonly Site[], options: PlanOptions): Piece {
  const additions = find(piece, sites).map((found) => additionTo(piece, found, options));
  const after = readPiece(
    applyChanges(
      piece.text,
      additions.flatMap(({ changes }) => changes),
    ),
  );
  if (!meansAsPlanned(piece, after, additions)) throw new CannotSplice(UNSAFE);
  if (textWithout(after, sites) !== piece.text) throw new CannotSplice(UNSAFE);
  return after;
}

const UNSAFE =
  'the sidecar could not be added so that it can be removed exactly: write its Pod template without special YAML';

function additionTo(piece: Piece, { site, document, workload }: Found, options: PlanOptions) {
  const own = detached(workload);
  const planned = planInjection(own, options);
  if ('problems' in planned) throw new CannotSplice(planned.problems.join('\n'));
  const plan = planned.ok;
  const places = (record: string) =>
    editsWith(plan, record).map((edit) =>
      findPlace(piece.text, document, { ...edit, path: [...workload.path, ...edit.path] }),
    );
  // The places of additions do not depend on the record, but the record depends on what they replace.
  const replaced: Record<string, string> = {};
  for (const place of places('')) {
    const former = replacedAt(piece.text, place);
    if (former !== undefined) replaced[slotOf(former.path.slice(workload.path.length))] = former.text;
  }
  const record = formatRecord({ ...plan, replaced });
  const style = styleOf(
    piece.text,
    documentStyle(piece.text, document),
    document.tree.getIn(workload.path, true),
  );
  return {
    site,
    value: applyEdits(own.value, editsWith(plan, record)),
    changes: places(record).map((place) => changeFor(piece.text, style, place)),
  };
}
