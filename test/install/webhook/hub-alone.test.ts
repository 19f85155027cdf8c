/** Pods of clients that talk to a hub without a sidecar, at admission (R44, I9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { review, type Reviewed } from '../../../src/install/webhook/review.ts';
import { listAt, valueAt } from '../../support/json-value.ts';
import { HUB, SPEAKER } from '../inject/manifests.ts';
import { NO_RULES, OPTIONS, patched, podFrom, reviewOf, reviewOptions } from './reviews.ts';

const TEMPLATE: unknown = valueAt(parse(SPEAKER), 'spec', 'template');
const ALONE = { ...OPTIONS, variant: 'hub-alone', hub: HUB } as const;

/** Without the rules of the namespace. */
function reviewed(pod: unknown, options: Parameters<typeof reviewOptions>[0] = ALONE): Reviewed {
  const outcome = review(reviewOf(pod), reviewOptions(options));
  assert.ok('result' in outcome, 'the rules of the namespace are not asked for');
  return outcome;
}

test('no rules are read for a Pod without one more container, and a second call changes nothing', () => {
  const pod = podFrom(TEMPLATE);
  const { result, answer } = reviewed(pod);
  assert.equal(result, 'injected');
  const after = patched(pod, answer);
  assert.deepEqual(
    listAt(after, 'spec', 'containers').map((container) => valueAt(container, 'name')),
    ['speaker'],
  );
  // Neither does another release of the webhook, which adds sidecars.
  for (const options of [ALONE, OPTIONS]) assert.equal(reviewed(after, options).result, 'unchanged');
});

test('an annotation asks for it, and for a sidecar where the webhook adds none', () => {
  const variantOf = (variant: string, options: Parameters<typeof reviewOptions>[0]) => {
    const pod = podFrom(TEMPLATE) as { metadata: object };
    pod.metadata = { ...pod.metadata, annotations: { 'watchsieve.dev/variant': variant } };
    return review(reviewOf(pod), reviewOptions(options), NO_RULES).plan?.variant;
  };
  assert.equal(variantOf('hub-alone', { ...ALONE, variant: 'native' }), 'hub-alone');
  assert.equal(variantOf('native', ALONE), 'native');
});

test('what is to be known of it comes as a warning', () => {
  const warningsOf = (pod: unknown, options: Parameters<typeof reviewOptions>[0] = ALONE) =>
    listAt(reviewed(pod, options).answer, 'response', 'warnings');
  const withEnv = (name: string) => {
    const pod = podFrom(structuredClone(TEMPLATE)) as { spec: { containers: { env: object[] }[] } };
    pod.spec.containers[0]?.env.push({ name, value: 'x' });
    return pod;
  };
  assert.deepEqual(warningsOf(withEnv('HTTPS_PROXY')), [
    'watchsieve: Pod metallb-system/w- is led to the hub, and its container speaker has HTTPS_PROXY set, by which it goes to the hub unless NO_PROXY names that',
  ]);
  assert.deepEqual(warningsOf(withEnv('KUBECONFIG')), [
    'watchsieve: Pod metallb-system/w- gets no sidecar: its container speaker has KUBECONFIG set already',
  ]);
  assert.deepEqual(warningsOf(podFrom(TEMPLATE)), []);
});
