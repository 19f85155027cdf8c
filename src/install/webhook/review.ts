/**
 * AdmissionReview in, AdmissionReview out: whether a new Pod gets the sidecar, and the patch that adds it. A Pod is
 * always allowed, whatever is wrong with it or with us (R44). Pure.
 */
import { isChosen } from '../inject/choose.ts';
import { recordAt, textAt } from '../../platform/text/json-value.ts';
import { jsonPatch } from '../inject/json-patch.ts';
import { type Plan, planInjection, type PlanOptions } from '../inject/plan.ts';
import type { LabelSelector } from '../inject/selector.ts';
import { standsApart } from '../inject/stands-apart.ts';
import { describeWorkload, hasSidecar, podWorkload, type Workload } from '../inject/workload.ts';
import type { ReviewResult } from './review-result.ts';
import { planWithin } from './policy/plan-within.ts';
import type { PolicyAnswer } from './policy/policy-reader.ts';

/** What is to be added, and to which Pods. */
export interface ReviewOptions {
  readonly plan: PlanOptions;
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
  /** Why a Pod that was chosen is let through unchanged. */
  readonly problems: readonly string[];
  /** What was added. */
  readonly plan: Plan | undefined;
}

/** Nothing can be said before somebody has asked what rules there are in this namespace. */
export interface RulesWanted {
  readonly namespace: string;
}

/** The call is no AdmissionReview that could be answered. Its message holds nothing of what was sent. */
export class MalformedReview extends Error {
  override readonly name = 'MalformedReview';
}

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

/** @throws MalformedReview */
export function review(body: unknown, options: ReviewOptions): Reviewed | RulesWanted;
export function review(body: unknown, options: ReviewOptions, rules: PolicyAnswer): Reviewed;
export function review(body: unknown, options: ReviewOptions, rules?: PolicyAnswer): Reviewed | RulesWanted {
  const { uid, request } = requestOf(body);
  try {
    const outcome = reviewRequest(request, options, rules);
    return 'namespace' in outcome ? outcome : finish(uid, outcome);
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
  request: Readonly<Record<string, unknown>>,
  { selector, plan: wishes }: ReviewOptions,
  rules: PolicyAnswer | undefined,
): Outcome | RulesWanted {
  if (!isNewPod(request)) return { result: 'not_a_new_pod' };
  const found = podWorkload(request['object']);
  if (found === undefined)
    return { result: 'refused_not_understood', problems: ['it does not have the shape of a Pod'] };
  // A Pod says its namespace only where whoever made it wrote it there.
  const pod = { ...found, namespace: textAt(request, 'namespace') ?? found.namespace };
  const object = describeWorkload(pod);
  if (!isChosen(pod, { names: [], selector })) return { result: 'not_chosen', object };
  if (hasSidecar(pod)) return { result: 'unchanged', object };
  const options: PlanOptions = { ...wishes, isAdmitted: true };
  const planned = planInjection(pod, options);
  if ('problems' in planned)
    return { result: REFUSED[standsApart(pod) ?? 'conflict'], object, problems: planned.problems };
  if (rules === undefined) return { namespace: pod.namespace ?? '' };
  return { ...within(pod, options, rules), object };
}

/** A Pod whose rules are not known is left alone: where they do not let the sidecar in, they would keep the Pod out (I9). */
function within(pod: Workload, options: PlanOptions, rules: PolicyAnswer): Outcome {
  if ('unread' in rules)
    return {
      result: 'refused_unread',
      problems: [`the LimitRanges and ResourceQuotas of its namespace cannot be read: ${rules.unread}`],
    };
  const planned = planWithin(pod, options, rules.policies);
  if ('plan' in planned)
    return {
      result: 'injected',
      plan: planned.plan,
      patch: jsonPatch(pod.value, planned.plan.edits, planned.plan.displaced),
    };
  if ('problems' in planned) return { result: 'refused_conflict', problems: planned.problems };
  if ('notUnderstood' in planned)
    return {
      result: 'refused_unread',
      problems: [`what it may ask for in its namespace cannot be told: ${planned.notUnderstood}`],
    };
  const [first] = planned.objections;
  return {
    result: REFUSED[first?.cause ?? 'conflict'],
    problems: [...new Set(planned.objections.map(({ text }) => text))].slice(0, MAX_OBJECTIONS),
  };
}

/** Each is a warning, of which the API server hands on some 4,000 characters. */
const MAX_OBJECTIONS = 5;

/** In the words of the metric. */
const REFUSED = {
  windows: 'refused_windows',
  mirror: 'refused_mirror',
  conflict: 'refused_conflict',
  limit_range: 'refused_limit_range',
  quota: 'refused_quota',
  resources: 'refused_resources',
} as const satisfies Readonly<Record<string, ReviewResult>>;

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
