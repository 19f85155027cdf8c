/**
 * AdmissionReview in, AdmissionReview out: whether a new Pod gets the sidecar, and the patch that adds it. A Pod is
 * always allowed, whatever is wrong with it or with us (R44). Pure.
 */
import { isChosen } from '../inject/choose.ts';
import { recordAt, textAt } from '../inject/json.ts';
import { jsonPatch } from '../inject/json-patch.ts';
import { type Plan, planInjection, type PlanOptions } from '../inject/plan.ts';
import type { LabelSelector } from '../inject/selector.ts';
import { describeWorkload, hasSidecar, podWorkload } from '../inject/workload.ts';
import type { ReviewResult } from './webhook-metrics.ts';

/** What is to be added, and to which Pods. */
export interface ReviewOptions extends PlanOptions {
  /** Pods that are chosen without an annotation; undefined for the clients that are known. */
  readonly selector: LabelSelector | undefined;
}

/** The answer to one call, and what to tell of it. */
export interface Reviewed {
  readonly result: ReviewResult;
  /** The AdmissionReview that is sent back. */
  readonly answer: unknown;
  /** As `Pod metallb-system/speaker-`; undefined where it is not known. */
  readonly object: string | undefined;
  /** Why a Pod that was chosen is let through as it is. */
  readonly problems: readonly string[];
  /** What was added. */
  readonly plan: Plan | undefined;
}

/** The call is no AdmissionReview that could be answered. Its message holds nothing of what was sent. */
export class MalformedReview extends Error {
  override readonly name = 'MalformedReview';
}

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

/** @throws MalformedReview */
export function review(body: unknown, options: ReviewOptions): Reviewed {
  const { uid, request } = requestOf(body);
  try {
    return reviewRequest(uid, request, options);
  } catch {
    // Whatever the mistake is: a Pod that cannot be made is worse than one without a sidecar (I9).
    return finish(uid, { result: 'failed', problems: ['reviewing it failed'] });
  }
}

function requestOf(body: unknown): {
  readonly uid: string;
  readonly request: Readonly<Record<string, unknown>>;
} {
  if (textAt(body, 'apiVersion') !== API_VERSION || textAt(body, 'kind') !== KIND)
    throw new MalformedReview(`not an ${KIND} of ${API_VERSION}`);
  const uid = textAt(body, 'request', 'uid');
  if (uid === undefined || uid === '') throw new MalformedReview(`the ${KIND} holds no request with a uid`);
  return { uid, request: recordAt(body, 'request') };
}

function reviewRequest(
  uid: string,
  request: Readonly<Record<string, unknown>>,
  options: ReviewOptions,
): Reviewed {
  if (!isNewPod(request)) return finish(uid, { result: 'not_a_new_pod' });
  const found = podWorkload(request['object']);
  if (found === undefined)
    return finish(uid, {
      result: 'refused_not_understood',
      problems: ['it does not have the shape of a Pod'],
    });
  // A Pod says its namespace only where whoever made it wrote it there.
  const pod = { ...found, namespace: textAt(request, 'namespace') ?? found.namespace };
  const object = describeWorkload(pod);
  if (!isChosen(pod, { names: [], selector: options.selector }))
    return finish(uid, { result: 'not_chosen', object });
  if (hasSidecar(pod)) return finish(uid, { result: 'unchanged', object });
  const planned = planInjection(pod, options);
  if ('problems' in planned)
    return finish(uid, { result: 'refused_conflict', object, problems: planned.problems });
  const plan = planned.ok;
  const patch = jsonPatch(pod.value, plan.edits);
  return finish(uid, { result: 'injected', object, plan, patch });
}

function isNewPod(request: Readonly<Record<string, unknown>>): boolean {
  return (
    request['operation'] === 'CREATE' &&
    (textAt(request, 'subResource') ?? '') === '' &&
    (textAt(request, 'kind', 'group') ?? '') === '' &&
    textAt(request, 'kind', 'version') === 'v1' &&
    textAt(request, 'kind', 'kind') === 'Pod'
  );
}

interface Outcome {
  readonly result: ReviewResult;
  readonly object?: string;
  readonly problems?: readonly string[];
  readonly plan?: Plan;
  readonly patch?: unknown;
}

function finish(uid: string, { result, object, problems = [], plan, patch }: Outcome): Reviewed {
  const warnings = [
    ...problems.map((problem) => warning(object, `gets no sidecar: ${problem}`)),
    ...(plan?.notes ?? []).map((note) => warning(object, `gets the sidecar, and ${note}`)),
  ];
  const response = {
    uid,
    allowed: true,
    ...(patch === undefined
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  return { result, answer: { apiVersion: API_VERSION, kind: KIND, response }, object, problems, plan };
}

/** One line: the API server drops warnings with control characters. */
function warning(object: string | undefined, what: string): string {
  const text = `watchsieve: ${object ?? 'an object'} ${what}`;
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_WARNING);
}

/** Characters; what is longer the API server may cut (admission/v1, AdmissionResponse). */
const MAX_WARNING = 256;
