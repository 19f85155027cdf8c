/**
 * `inject` and `uninject` on the text of manifests. What they return was read again and compared: it means exactly
 * what was planned, and taking ours out gives the text before, byte for byte, or nothing is changed at all. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Choice, isChosen, isSelected, nameOf } from './choose.ts';
import { parseDocuments, type ParsedDocument, splitDocuments } from './documents.ts';
import { applyEdits, withEntries } from './edit.ts';
import { applyChanges, changeFor, findPlaces, replacedAt } from './insert.ts';
import type { Path } from './json.ts';
import { ANNOTATION } from './names.ts';
import { type Plan, planInjection, type PlanOptions } from './plan.ts';
import { CannotSplice, type Problem } from './problem.ts';
import { formatRecord, slotOf } from './record.ts';
import { applyRemovals, findRemovals, type Removals, voidsAsNull } from './removal.ts';
import { removalChanges } from './remove.ts';
import type { Ports, Variant } from './sidecar.ts';
import { styleOf } from './style.ts';
import { describeWorkload, isInjected, MAY_HOLD_WORKLOAD, podSpecAt, type Workload } from './workload.ts';

/** What is to be done to which workloads. */
export interface InjectOptions extends PlanOptions {
  readonly choice: Choice;
}

/** One workload that was meant, and what became of it. */
export interface Touched {
  /** As `DaemonSet metallb-system/speaker`. */
  readonly object: string;
  readonly outcome: 'injected' | 'updated' | 'unchanged' | 'removed';
  /** The name among those given by which it was found. */
  readonly name: string | undefined;
  /** Undefined where it was removed. */
  readonly sidecar:
    | {
        readonly container: string;
        readonly variant: Variant;
        readonly ports: Ports;
        readonly preset: string;
        readonly isHostNetwork: boolean;
      }
    | undefined;
}

export interface Result {
  /** As given, where there are problems. */
  readonly text: string;
  readonly touched: readonly Touched[];
  readonly problems: readonly Problem[];
}

/** Adds the sidecar to all chosen workloads; one that has it gets it anew, which mostly changes nothing. */
export function inject(text: string, options: InjectOptions): Result {
  return eachWorkload(text, (piece, site) => {
    const { workload } = site;
    if (!isChosen(workload, options.choice)) return undefined;
    const had = isInjected(workload);
    const clean = had ? removeFrom(piece, site) : piece;
    const { result, plan } = addTo(clean, siteIn(clean, site), options);
    const isSame = had && meansTheSame(workload.value, siteIn(result, site).workload.value);
    const touched: Touched = {
      object: describeWorkload(workload),
      outcome: isSame ? 'unchanged' : had ? 'updated' : 'injected',
      name: nameOf(workload, options.choice),
      sidecar: { ...plan, isHostNetwork: podSpecAt(workload, 'hostNetwork') === true },
    };
    return { piece: isSame ? piece : result, touched };
  });
}

/** Takes the sidecar out of all workloads, or of those of `choice`. */
export function uninject(text: string, choice: Choice): Result {
  return eachWorkload(text, (piece, site) => {
    const { workload } = site;
    if (!isInjected(workload) || !isSelected(workload, choice)) return undefined;
    const object = describeWorkload(workload);
    const name = nameOf(workload, choice);
    return {
      piece: removeFrom(piece, site),
      touched: { object, outcome: 'removed', name, sidecar: undefined },
    };
  });
}

/** Where a workload is: documents and lists keep their order whatever is done to what is in them. */
interface Site {
  readonly document: ParsedDocument;
  readonly index: number;
  /** The values of the other documents. */
  readonly neighbours: readonly unknown[];
  readonly workload: Workload;
}

type Step = (piece: string, site: Site) => { readonly piece: string; readonly touched: Touched } | undefined;

function eachWorkload(text: string, step: Step): Result {
  const touched: Touched[] = [];
  const problems: Problem[] = [];
  let documents = 0;
  const pieces = splitDocuments(text).map((original) => {
    const first = documents;
    if (!MAY_HOLD_WORKLOAD.test(original)) {
      documents += /^(?!---)[^#\s]/m.test(original) ? 1 : 0;
      return original;
    }
    let piece = original;
    let object: string | undefined;
    let document = first + 1;
    try {
      const parsed = parseDocuments(piece);
      documents += parsed.length;
      for (const [index, { workloads }] of parsed.entries()) {
        document = first + index + 1;
        for (const workload of workloads) {
          object = describeWorkload(workload);
          const done = step(piece, siteAt(piece, index, workload.path));
          if (done === undefined) continue;
          piece = done.piece;
          touched.push(done.touched);
        }
        object = undefined;
      }
    } catch (error) {
      if (!(error instanceof CannotSplice)) throw error;
      problems.push(...error.message.split('\n').map((message) => ({ document, object, message })));
    }
    return piece;
  });
  return { text: problems.length > 0 ? text : pieces.join(''), touched, problems };
}

function siteAt(piece: string, index: number, path: Path): Site {
  const documents = parseDocuments(piece);
  const document = documents[index];
  const workload = document?.workloads.find((found) => isDeepStrictEqual(found.path, path));
  if (document === undefined || workload === undefined) throw new CannotSplice('it is lost on the way');
  const neighbours = documents.toSpliced(index, 1).map(({ value }) => value);
  return { document, index, neighbours, workload };
}

function siteIn(piece: string, { index, workload }: Site): Site {
  return siteAt(piece, index, workload.path);
}

function addTo(
  piece: string,
  site: Site,
  options: PlanOptions,
): { readonly result: string; readonly plan: Plan } {
  const { document, workload } = site;
  const planned = planInjection(workload, options);
  if ('problems' in planned) throw new CannotSplice(planned.problems.join('\n'));
  const plan = planned.ok;
  const recordAt = [...workload.path, 'metadata', 'annotations'];
  const edits = (record: string) =>
    withEntries(plan.edits, { path: recordAt, entries: { [ANNOTATION.injected]: record } });
  const places = (record: string) => findPlaces(piece, document.tree, edits(record));
  // Where things go does not depend on the record, but the record on what gives way there.
  const replaced: Record<string, string> = {};
  for (const place of places('')) {
    const former = replacedAt(piece, place);
    if (former !== undefined) replaced[slotOf(former.path.slice(workload.path.length))] = former.text;
  }
  const record = formatRecord({ ...plan, replaced });
  const style = styleOf(piece, document.tree, document.tree.getIn(workload.path, true));
  const result = applyChanges(
    piece,
    places(record).map((place) => changeFor(piece, style, place)),
  );
  const expected = applyEdits(document.value, edits(record));
  if (!meansOnly(result, site, (value) => isDeepStrictEqual(value, expected)))
    throw new CannotSplice(UNSAFE_TO_ADD);
  if (removeFrom(result, siteIn(result, site)) !== piece) throw new CannotSplice(UNSAFE_TO_ADD);
  return { result, plan };
}

const UNSAFE_TO_ADD =
  'it is written in a way in which nothing can be added and taken out again exactly: write its Pod template plainly';
const UNSAFE_TO_REMOVE =
  'it is written in a way in which what is ours cannot be taken out exactly: write its Pod template plainly';

function removeFrom(piece: string, site: Site): string {
  const { document, workload } = site;
  const isJson = styleOf(piece, document.tree, null).json !== undefined;
  // What stood there may not fit where another program has written the text anew, or be no empty value at all
  // where somebody changed the record: both show below, and then the key goes instead.
  for (const mayRestore of [(text: string) => !isJson || isJsonValue(text), () => false]) {
    const found = findRemovals(document.value, workload, mayRestore);
    const result = applyChanges(piece, removalChanges(piece, document.tree, found));
    if (isRemoved(result, site, found)) return result;
  }
  throw new CannotSplice(UNSAFE_TO_REMOVE);
}

function isRemoved(result: string, site: Site, found: Removals): boolean {
  const expected = voidsAsNull(applyRemovals(site.document.value, found));
  return meansOnly(result, site, (value) => isDeepStrictEqual(voidsAsNull(value), expected));
}

/** Whether `result` can be read, and of its documents only that of `site` has changed, as `isMeant` says. */
function meansOnly(result: string, site: Site, isMeant: (value: unknown) => boolean): boolean {
  try {
    const values = parseDocuments(result).map(({ value }) => value);
    return isMeant(values[site.index]) && isDeepStrictEqual(values.toSpliced(site.index, 1), site.neighbours);
  } catch (error) {
    if (error instanceof CannotSplice) return false;
    throw error;
  }
}

/** Whether `text` can follow a key in JSON: a record may come from a time when the manifest was YAML. */
function isJsonValue(text: string): boolean {
  try {
    JSON.parse(`{"key"${text}}`);
    return true;
  } catch {
    return false;
  }
}

/** But for the record. */
function meansTheSame(before: unknown, after: unknown): boolean {
  const [left, right] = [before, after].map((value) =>
    applyRemovals(value, {
      removals: [{ path: ['metadata', 'annotations'], keys: [ANNOTATION.injected] }],
      restorals: [],
    }),
  );
  return isDeepStrictEqual(left, right);
}
