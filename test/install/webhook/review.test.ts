/** Which Pods get the sidecar, and that every Pod is let through whatever is wrong with it (R44). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseLabelSelector } from '../../../src/install/inject/selector.ts';
import type { PolicyAnswer } from '../../../src/install/webhook/policy/policy-reader.ts';
import { MalformedReview, review, type Reviewed } from '../../../src/install/webhook/review.ts';
import { SPEAKER } from '../inject/manifests.ts';
import { listAt, valueAt } from '../../support/json-value.ts';
import {
  NO_RULES,
  OPTIONS,
  patched,
  podFrom,
  reviewOf,
  reviewOptions,
  type TestReviewOptions,
  UID,
} from './reviews.ts';

const TEMPLATE: unknown = valueAt(parse(SPEAKER), 'spec', 'template');

function pod(
  { labels, annotations, ...container }: Readonly<Record<string, unknown>> = {},
  spec: object = {},
) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels, annotations },
    spec: { containers: [{ name: 'client', image: 'x:1', ...container }], ...spec },
  };
}

const ASKED = { annotations: { 'watchsieve.dev/inject': 'true' } };

function resultOf(
  object: unknown,
  options: Partial<TestReviewOptions> = {},
  more: object = {},
  rules: PolicyAnswer = NO_RULES,
): Reviewed {
  const reviewed = review(reviewOf(object, more), reviewOptions({ ...OPTIONS, ...options }), rules);
  // Allowed, with a patch if and only if it is said to be injected.
  assert.equal(valueAt(reviewed.answer, 'response', 'patch') !== undefined, reviewed.result === 'injected');
  patched(object, reviewed.answer);
  return reviewed;
}

const warningsOf = ({ answer }: Reviewed) => listAt(answer, 'response', 'warnings');

describe('which Pods are chosen (R44)', () => {
  test('untold: those of a DaemonSet that runs a known client, and no others', () => {
    assert.equal(resultOf(podFrom(TEMPLATE)).result, 'injected');
    assert.equal(resultOf(podFrom(TEMPLATE, 'ReplicaSet')).result, 'not_chosen');
    assert.equal(resultOf(pod()).result, 'not_chosen');
  });

  test('by annotation: "true" always, "false" never, whatever else is said', () => {
    const selector = parseLabelSelector('app=x');
    const labels = { app: 'x' };
    assert.equal(resultOf(pod(ASKED)).result, 'injected');
    assert.equal(resultOf(pod(ASKED), { selector }).result, 'injected');
    const against = { annotations: { 'watchsieve.dev/inject': 'false' } };
    assert.equal(resultOf(pod({ ...against, labels }), { selector }).result, 'not_chosen');
  });

  test('by label: these, and the known clients no more', () => {
    const selector = parseLabelSelector('app=x');
    assert.equal(resultOf(pod({ labels: { app: 'x' } }), { selector }).result, 'injected');
    assert.equal(resultOf(pod({ labels: { app: 'y' } }), { selector }).result, 'not_chosen');
    assert.equal(resultOf(podFrom(TEMPLATE), { selector }).result, 'not_chosen');
  });

  test('annotations on the Pod win over flags', () => {
    const annotations = { 'watchsieve.dev/port': '20000', 'watchsieve.dev/preset': 'heartbeat' };
    const { plan } = resultOf(podFrom({ ...Object(TEMPLATE), metadata: { annotations } }), { port: 18000 });
    assert.deepEqual([plan?.ports?.proxy, plan?.preset], [20000, 'heartbeat']);
  });
});

test('what stands in the way of a chosen Pod is a warning to whoever makes it, and the Pod is let through (R44)', () => {
  const reviewed = resultOf(pod({ ...ASKED, env: [{ name: 'KUBECONFIG', value: 'x' }] }));
  assert.equal(reviewed.result, 'refused_conflict');
  assert.deepEqual(warningsOf(reviewed), [
    'watchsieve: Pod metallb-system/p gets no sidecar: its container client has KUBECONFIG set already',
  ]);
});

test('before anything is added it wants to know the rules of the namespace, and of no other Pod (R44)', () => {
  assert.deepEqual(review(reviewOf(pod(ASKED)), reviewOptions(OPTIONS)), { namespace: 'metallb-system' });
  for (const other of [pod(), pod({ ...ASKED, env: [{ name: 'KUBECONFIG' }] }), null])
    assert.ok('result' in review(reviewOf(other), reviewOptions(OPTIONS)));
});

test('a Pod that could not be made with the sidecar is left alone, and counted by the reason (I9, R44)', () => {
  const limits = (max: object) => ({
    limitRanges: [{ metadata: { name: 'r' }, spec: { limits: [{ type: 'Container', max }] } }],
    quotas: [],
  });
  const full = {
    metadata: { name: 'q' },
    status: { hard: { 'limits.memory': '1Gi' }, used: { 'limits.memory': '1Gi' } },
  };
  const sized = { ...ASKED, resources: { limits: { memory: '0' } } };
  const whole = { resources: { limits: { memory: '100Mi' } } };
  for (const [object, rules, result, warning] of [
    [
      pod(ASKED),
      { policies: limits({ memory: '64Mi' }) },
      'refused_limit_range',
      /LimitRange r has a maximum of memory/,
    ],
    [
      pod(sized),
      { policies: { limitRanges: [], quotas: [full] } },
      'refused_quota',
      /q has no room for its limits\.memory/,
    ],
    [pod(ASKED, whole), NO_RULES, 'refused_resources', /Pod as a whole/],
    [pod(ASKED), { unread: 'no answer' }, 'refused_unread', /cannot be read: no answer$/],
    [pod(ASKED), { policies: limits({ memory: 'x' }) }, 'refused_unread', /is not understood$/],
    [pod(ASKED, { os: { name: 'windows' } }), NO_RULES, 'refused_windows', /runs on Windows/],
    [pod(ASKED, { securityContext: { windowsOptions: {} } }), NO_RULES, 'refused_windows', /runs on Windows/],
    [
      pod({ annotations: { ...ASKED.annotations, 'kubernetes.io/config.mirror': 'x' } }),
      NO_RULES,
      'refused_mirror',
      /mirrors a Pod/,
    ],
  ] as const) {
    const reviewed = resultOf(object, {}, {}, rules);
    assert.equal(reviewed.result, result);
    assert.match(String(warningsOf(reviewed)[0]), warning);
  }
});

test("what of the client's way to the API server is not handed on is said to whoever makes the Pod", () => {
  const env = [{ name: 'HTTPS_PROXY', value: 'x' }];
  const reviewed = resultOf(
    pod(
      { ...ASKED, env, envFrom: [{ configMapRef: { name: 'c' } }] },
      { automountServiceAccountToken: false },
    ),
  );
  assert.equal(reviewed.result, 'injected');
  assert.deepEqual(
    warningsOf(reviewed).map(
      (each) => /gets the sidecar, and its container client (.{24})/.exec(String(each))?.[1],
    ),
    ['has HTTPS_PROXY set: the', 'takes variables from c: o', 'has no token in /var/run/'].map((text) =>
      text.slice(0, 24),
    ),
  );
});

test('what is made to fit is said to whoever makes the Pod', () => {
  const limitRanges = [{ spec: { limits: [{ type: 'Container', max: { memory: '200Mi' } }] } }];
  const reviewed = resultOf(pod(ASKED), {}, {}, { policies: { limitRanges, quotas: [] } });
  assert.deepEqual(warningsOf(reviewed), [
    'watchsieve: Pod metallb-system/p gets the sidecar, and by the rules of its namespace it asks for requests cpu=50m,memory=128Mi and limits memory=200Mi',
  ]);
});

test('annotations that fill what an object may have are left as they are', () => {
  const filler = 'x'.repeat(256 * 1024 - 'filler'.length - 'watchsieve.dev/injecttrue'.length);
  const full = pod({ annotations: { ...ASKED.annotations, filler } });
  const made = patched(full, resultOf(full).answer);
  assert.deepEqual(valueAt(made, 'metadata', 'annotations'), { ...ASKED.annotations, filler });
});

test('a warning is one line of at most 256 characters, whatever an annotation holds', () => {
  const annotations = { ...ASKED.annotations, 'watchsieve.dev/variant': `\r\n\u0000${'x'.repeat(1000)}` };
  const [warning, ...more] = warningsOf(resultOf(pod({ annotations })));
  assert.deepEqual(more, []);
  assert.match(String(warning), /^[\x20-\x7e]{256}$/);
});

test('what already has the sidecar stays as it is; an annotation alone is no sidecar (R44)', () => {
  const annotations = { ...ASKED.annotations, 'watchsieve.dev/injected': '{"container":"client"}' };
  assert.equal(resultOf(pod({ annotations })).result, 'injected');
  const once = patched(pod(ASKED), resultOf(pod(ASKED)).answer);
  const again = resultOf(once);
  assert.deepEqual([again.result, warningsOf(again)], ['unchanged', []]);
});

test('only Pods, only when they are made; nothing is said of the rest', () => {
  const deployment = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } };
  for (const more of [
    { operation: 'UPDATE' },
    { operation: 'DELETE', object: null },
    { operation: 'CONNECT' },
    { subResource: 'ephemeralcontainers' },
    { kind: { group: '', version: 'v2', kind: 'Pod' } },
    deployment,
  ]) {
    const reviewed = resultOf(pod(ASKED), {}, more);
    assert.deepEqual([reviewed.result, warningsOf(reviewed)], ['not_a_new_pod', []]);
  }
});

test('a dry run is answered as any other call: nothing is ever done but answering', () => {
  assert.equal(resultOf(pod(ASKED), {}, { dryRun: true }).result, 'injected');
});

test('an object without the shape of a Pod is let through, with a warning', () => {
  for (const object of [null, [], 'x', {}, { ...pod(ASKED), spec: [] }, { ...pod(ASKED), metadata: null }]) {
    const reviewed = resultOf(object);
    assert.equal(reviewed.result, 'refused_not_understood');
    assert.equal(warningsOf(reviewed).length, 1);
  }
  assert.equal(resultOf({ ...pod(ASKED), spec: { containers: 'none' } }).result, 'refused_conflict');
});

test('a mistake of ours lets the Pod through, with a warning and a result of its own (I9)', () => {
  const reviewed = resultOf(pod(), { selector: () => assert.fail('a mistake') });
  assert.equal(reviewed.result, 'failed');
  assert.deepEqual(warningsOf(reviewed), ['watchsieve: an object gets no sidecar: reviewing it failed']);
});

test('a call that cannot be answered is refused, and nothing of it is in the message (R26)', () => {
  const good = reviewOf(pod());
  for (const body of [
    undefined,
    null,
    [],
    'SECRET',
    {},
    { ...good, apiVersion: 'admission.k8s.io/v1beta1' },
    { ...good, kind: 'SECRET' },
    { ...good, request: undefined },
    { ...good, request: { uid: '' } },
    { ...good, request: { uid: 7, SECRET: 1 } },
  ])
    assert.throws(
      () => review(body, reviewOptions(OPTIONS)),
      (error) => error instanceof MalformedReview && !error.message.includes('SECRET'),
    );
});

test('any JSON in the place of a Pod is answered, allowed, under its own uid, and a patch of it applies (R44)', () => {
  const parts = fc.jsonValue({ maxDepth: 3 });
  const list = fc.oneof(
    parts,
    fc.array(fc.record({ name: fc.oneof(fc.string(), parts), env: parts }), { maxLength: 3 }),
  );
  const object = fc.oneof(
    parts,
    fc.record({
      metadata: fc.oneof(
        parts,
        fc.record({
          name: fc.string(),
          annotations: fc.oneof(parts, fc.constant(ASKED.annotations)),
          labels: parts,
        }),
      ),
      spec: fc.oneof(parts, fc.record({ containers: list, initContainers: list, volumes: parts })),
    }),
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(object, (value) => {
      const { result, answer } = review(
        reviewOf(value),
        reviewOptions({ ...OPTIONS, selector: () => true }),
        NO_RULES,
      );
      assert.equal(valueAt(answer, 'response', 'uid'), UID);
      assert.equal(valueAt(answer, 'response', 'allowed'), true);
      seen.add(result);
    }),
    // All of them, always: one in seven is a conflict.
    { numRuns: 300 },
  );
  assert.ok(!seen.has('failed'));
  assert.ok(seen.has('refused_not_understood') && seen.has('refused_conflict'));
});
