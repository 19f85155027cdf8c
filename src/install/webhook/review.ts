/**
 * Decides whether a new Pod gets the sidecar, and makes the patch that adds it: AdmissionReview in, AdmissionReview
 * out. A Pod is always allowed, even if it or the webhook is faulty (R44). Pure.
 */
import { isChosen } from '../inject/choose.ts';
import { recordAt, textAt } from '../../platform/text/json-value.ts';
import { jsonPatch } from '../inject/json-patch.ts';
import { type Plan, planInjection, type PlanOptions } from '../inject/plan.ts';
import type { LabelSelector } from '../inject/selector.ts';
import { standsApart } from '../inject/stands-apart.ts';
import { describeWorkload, isLed, podWorkload, type Workload } from '../inject/workload.ts';
import type { ReviewResult } from './review-result.ts';
import { planWithin } from './policy/plan-within.ts';
import type { PolicyAnswer } from './policy/policy-reader.ts';

export interface ReviewOptions {
  readonly plan: PlanOptions;
  /** Selects Pods without an annotation; undefined selects the known clients. */
  readonly selector: LabelSelector | undefined;
}

/** The answer to one call, and what to log about it. */
export interface Reviewed {
  readonly result: ReviewResult;
  readonly answer: unknown;
  /** For example `Pod metallb-system/speaker-`; undefined if it is not known. */
  readonly object: string | undefined;
  /** Why a Pod that was chosen is admitted unchanged. */
  readonly problems: readonly string[];
  /** What was added; undefined if nothing was. */
  readonly plan: Plan | undefined;
}

/** The review needs the LimitRanges and ResourceQuotas of this namespace first. */
export interface RulesWanted {
  readonly namespace: string;
}

/** The call is not an AdmissionReview that can be answered. The message quotes nothing of what was sent. */
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
    // Whatever the bug is, a Pod that cannot be created is worse than one without a sidecar (I9).
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
  // A Pod itself names its namespace only if its creator wrote it there.
  const pod = { ...found, namespace: textAt(request, 'namespace') ?? found.namespace };
  const object = describeWorkload(pod);
  if (!isChosen(pod, { names: [], selector })) return { result: 'not_chosen', object };
  if (isLed(pod)) return { result: 'unchanged', object };
  const options: PlanOptions = { ...wishes, isAdmitted: true };
  const planned = planInjection(pod, options);
  if ('problems' in planned)
    return { result: REFUSED[standsApart(pod) ?? 'conflict'], object, problems: planned.problems };
  // No rule of a namespace is about a Pod without one more container.
  if (planned.ok.ports === undefined) return { ...injected(pod, planned.ok), object };
  if (rules === undefined) return { namespace: pod.namespace ?? '' };
  return { ...within(pod, options, rules), object };
}

/** A Pod is left alone if its namespace's rules are unknown: they might refuse the Pod because of the sidecar (I9). */
function within(pod: Workload, options: PlanOptions, rules: PolicyAnswer): Outcome {
  if ('unread' in rules)
    return {
      result: 'refused_unread',
      problems: [`the LimitRanges and ResourceQuotas of its namespace cannot be read: ${rules.unread}`],
    };
  const planned = planWithin(pod, options, rules.policies);
  if ('plan' in planned) return injected(pod, planned.plan);
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

function injected({ value }: Workload, plan: Plan): Outcome {
  return { result: 'injected', plan, patch: jsonPatch(value, plan.edits, plan.displaced) };
}

/** Each objection becomes a warning, and the API server passes on about 4,000 characters of warnings. */
const MAX_OBJECTIONS = 5;

/** The cause of a refusal, as a value of the metric. */
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
    ...(plan?.notes ?? []).map((note) => warning(object, `${what(plan)}, and ${note}`)),
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

function what(plan: Plan | undefined): string {
  return plan?.ports === undefined ? 'is led to the hub' : 'gets the sidecar';
}

/** One line without control characters: the API server drops warnings that contain any. */
function warning(object: string | undefined, what: string): string {
  const text = `watchsieve: ${object ?? 'an object'} ${what}`;
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_WARNING);
}

/** In characters; the API server may truncate longer warnings (admission/v1, AdmissionResponse). */
const MAX_WARNING = 256;
