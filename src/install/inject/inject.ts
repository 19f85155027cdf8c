/**
 * `inject` and `uninject` on the text of manifests. The result is read again and verified: it means exactly what was
 * planned, and removing the sidecar gives the original text byte for byte. Otherwise nothing is changed. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { addSidecars } from './add.ts';
import { type Choice, isChosen, isSelected, nameOf } from './choose.ts';
import { splitDocuments } from './documents.ts';
import { applyEdits } from './edit.ts';
import { recordAt, textAt } from '../../platform/text/json-value.ts';
import { ANNOTATION } from './names.ts';
import { changeAll, type Found, type Piece, readPiece, type Refusal, workloadsOf } from './piece.ts';
import { editsWith, type Plan, planInjection, type PlanOptions } from './plan.ts';
import type { Problem } from './problem.ts';
import { applyRemovals, findRemovals } from './removal.ts';
import { takeSidecars } from './take.ts';
import {
  describeWorkload,
  detached,
  isInjected,
  MAY_HOLD_WORKLOAD,
  podSpecAt,
  type Workload,
} from './workload.ts';

/** A chosen workload and what was done to it. */
export interface Touched {
  /** For example `DaemonSet metallb-system/speaker`. */
  readonly object: string;
  readonly outcome: 'injected' | 'updated' | 'unchanged' | 'removed';
  /** The given name by which it was found. */
  readonly name: string | undefined;
  /** Undefined if the sidecar was removed. */
  readonly sidecar: (Plan & { readonly isHostNetwork: boolean }) | undefined;
}

export interface Result {
  /** The original text if there are problems. */
  readonly text: string;
  readonly touched: readonly Touched[];
  /** The workloads that were not chosen. */
  readonly others: readonly Workload[];
  readonly problems: readonly Problem[];
}

/** Adds the sidecar to all chosen workloads. A workload that has one gets a new one, which usually changes nothing. */
export function inject(text: string, choice: Choice, options: PlanOptions): Result {
  const isMeant = (workload: Workload) => isChosen(workload, choice);
  return eachPiece(text, isMeant, (piece, meant) => {
    const planned = meant.map((found) => ({ ...found, ...planFor(found.workload, options) }));
    const refusals = planned.flatMap(({ site, plan: message }) =>
      typeof message === 'string' ? [{ site, message }] : [],
    );
    if (refusals.length > 0) return { piece, touched: [], refusals };
    const changing = planned.filter(({ outcome }) => outcome !== 'unchanged').map(({ site }) => site);
    const updating = planned.filter(({ outcome }) => outcome === 'updated').map(({ site }) => site);
    const clean = changeAll(piece, updating, takeSidecars);
    if (clean.refusals.length > 0) return { piece, touched: [], refusals: clean.refusals };
    const added = changeAll(clean.piece, changing, (before, sites) => addSidecars(before, sites, options));
    const touched = planned.map(({ workload, outcome, plan }) => ({
      object: describeWorkload(workload),
      outcome,
      name: nameOf(workload, choice),
      sidecar:
        typeof plan === 'string'
          ? undefined
          : { ...plan, isHostNetwork: podSpecAt(workload, 'hostNetwork') === true },
    }));
    return { piece: added.piece, touched, refusals: added.refusals };
  });
}

/** Plans the change of a workload by its value alone, or lists what prevents it. */
function planFor(
  workload: Workload,
  options: PlanOptions,
): { readonly outcome: Touched['outcome']; readonly plan: Plan | string } {
  const own = detached(workload);
  const had = isInjected(own);
  const clean = had
    ? {
        ...own,
        value: recordAt(
          applyRemovals(
            own.value,
            findRemovals(own, () => true),
          ),
        ),
      }
    : own;
  const planned = planInjection(clean, options);
  if ('problems' in planned) return { outcome: 'unchanged', plan: planned.problems.join('\n') };
  const plan = planned.ok;
  if (!had) return { outcome: 'injected', plan };
  // Without the record, which also depends on the text.
  const record = textAt(own.value, 'metadata', 'annotations', ANNOTATION.injected);
  const expected = record === undefined ? undefined : applyEdits(clean.value, editsWith(plan, record));
  return { outcome: isDeepStrictEqual(own.value, expected) ? 'unchanged' : 'updated', plan };
}

/** Removes the sidecar from all workloads, or from those of `choice`. */
export function uninject(text: string, choice: Choice): Result {
  const isMeant = (workload: Workload) => isInjected(workload) && isSelected(workload, choice);
  return eachPiece(text, isMeant, (piece, meant) => {
    const sites = meant.map(({ site }) => site);
    const touched = meant.map(({ workload }) => ({
      object: describeWorkload(workload),
      outcome: 'removed' as const,
      name: nameOf(workload, choice),
      sidecar: undefined,
    }));
    return { touched, ...changeAll(piece, sites, takeSidecars) };
  });
}

type Work = (
  piece: Piece,
  meant: readonly Found[],
) => { readonly piece: Piece; readonly touched: readonly Touched[]; readonly refusals: readonly Refusal[] };

function eachPiece(text: string, isMeant: (workload: Workload) => boolean, work: Work): Result {
  const touched: Touched[] = [];
  const others: Workload[] = [];
  const problems: Problem[] = [];
  let documents = 0;
  const pieces = splitDocuments(text).map((original) => {
    if (!MAY_HOLD_WORKLOAD.test(original)) {
      documents += /^(?!---)[^#\s\ufeff]/m.test(original) ? 1 : 0;
      return original;
    }
    const done = onePiece(original, isMeant, work);
    touched.push(...done.touched);
    others.push(...done.others);
    for (const { index, object, message } of done.problems)
      for (const line of message.split('\n'))
        problems.push({ document: documents + index + 1, object, message: line });
    documents += done.documents;
    return done.text;
  });
  return { text: problems.length > 0 ? text : pieces.join(''), touched, others, problems };
}

interface PieceResult {
  readonly text: string;
  readonly touched: readonly Touched[];
  readonly others: readonly Workload[];
  readonly problems: readonly {
    readonly index: number;
    readonly object: string | undefined;
    readonly message: string;
  }[];
  readonly documents: number;
}

function onePiece(text: string, isMeant: (workload: Workload) => boolean, work: Work): PieceResult {
  const piece = readPiece(text);
  const documents = piece.documents.length;
  const unreadable = piece.documents.flatMap(({ unreadable: message }, index) =>
    message === undefined ? [] : [{ index, object: undefined, message }],
  );
  const all = workloadsOf(piece);
  const meant = all.filter(({ workload }) => isMeant(workload));
  const others = all.map(({ workload }) => workload).filter((workload) => !isMeant(workload));
  const flawed = meant.flatMap(({ site, document: { flaw: message } }) =>
    message === undefined ? [] : [{ site, message }],
  );
  const { refusals, touched, ...done } =
    flawed.length > 0 ? { piece, touched: [], refusals: flawed } : work(piece, meant);
  const problems = refusals.map(({ site, message }) => {
    const found = meant.find((each) => each.site === site);
    return { index: site.index, object: found && describeWorkload(found.workload), message };
  });
  return { text: done.piece.text, touched, others, problems: [...unreadable, ...problems], documents };
}
