/** AdmissionReviews as the API server sends them, and what becomes of a Pod by the answer. */
import assert from 'node:assert/strict';
import { applyPatch } from 'rfc6902';
import type { PlanOptions } from '../../../src/install/inject/plan.ts';
import type { ReviewOptions } from '../../../src/install/webhook/review.ts';
import { DEFAULTS } from '../inject/manifests.ts';
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';

export type TestReviewOptions = PlanOptions & Pick<ReviewOptions, 'selector'>;

/** What `watchsieve webhook` does without any flag. */
export const OPTIONS: TestReviewOptions = { ...DEFAULTS, selector: undefined };

export function reviewOptions({ selector, ...plan }: TestReviewOptions): ReviewOptions {
  return { selector, plan };
}

/** Of a namespace in which nobody has a say. */
export const NO_RULES = { policies: { limitRanges: [], quotas: [] } } as const;

export const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';

/** The call for a new Pod in the namespace metallb-system; `more` replaces fields of the request. */
export function reviewOf(pod: unknown, more: object = {}): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: UID,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: '',
      namespace: 'metallb-system',
      operation: 'CREATE',
      object: pod,
      oldObject: null,
      dryRun: false,
      ...more,
    },
  };
}

/** The Pod that a controller of this kind makes from a Pod template. */
export function podFrom(template: unknown, kind = 'DaemonSet'): object {
  const metadata = valueAt(template, 'metadata');
  const owner = {
    apiVersion: 'apps/v1',
    kind,
    name: 'w',
    uid: '1',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(typeof metadata === 'object' ? metadata : {}),
      generateName: 'w-',
      ownerReferences: [owner],
    },
    spec: valueAt(template, 'spec'),
  };
}

/** What the API server makes of `pod` by this answer; an answer always allows. */
export function patched(pod: unknown, answer: unknown): unknown {
  assert.equal(valueAt(answer, 'response', 'uid'), UID);
  assert.equal(valueAt(answer, 'response', 'allowed'), true);
  const patch = valueAt(answer, 'response', 'patch');
  if (patch === undefined) return pod;
  assert.equal(valueAt(answer, 'response', 'patchType'), 'JSONPatch');
  assert.ok(typeof patch === 'string');
  const result: unknown = structuredClone(pod);
  const operations = listAt(parseJson(Buffer.from(patch, 'base64').toString())).map((operation) => {
    const path = textAt(operation, 'path');
    if (textAt(operation, 'op') === 'remove') return { op: 'remove' as const, path };
    assert.equal(textAt(operation, 'op'), 'add');
    return { op: 'add' as const, path, value: valueAt(operation, 'value') };
  });
  assert.deepEqual(
    applyPatch(result, operations).filter((error) => error !== null),
    [],
  );
  return result;
}
