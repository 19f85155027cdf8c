/**
 * The sidecar within the rules of its namespace (I9, R44). That the API server judges so too is what the e2e scenario
 * `admission` shows; here it is what is made of the rules.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyEdits } from '../../../../src/install/inject/edit.ts';
import { podWorkload } from '../../../../src/install/inject/workload.ts';
import { planWithin } from '../../../../src/install/webhook/policy/plan-within.ts';
import { DEFAULTS } from '../../inject/manifests.ts';
import { listAt, valueAt } from '../../../support/json-value.ts';
import { threadMsOf } from '../../../support/thread-time.ts';

const amounts = (cpu: string, memory: string) => ({ cpu, memory });
const SMALL = { requests: amounts('50m', '32Mi'), limits: amounts('100m', '64Mi') };
const DEFAULT = { requests: amounts('50m', '128Mi'), limits: { memory: '256Mi' } };

interface Rules {
  readonly limits?: readonly object[];
  readonly quotas?: readonly object[];
}

function within({ limits = [], quotas = [] }: Rules, spec: object = {}, told: object = {}) {
  const pod = {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'client', image: 'x', resources: SMALL }], ...spec },
  };
  const workload = podWorkload(pod) ?? assert.fail();
  const limitRanges = [{ metadata: { name: 'range' }, spec: { limits } }];
  const planned = planWithin(workload, { ...DEFAULTS, ...told }, { limitRanges, quotas });
  if (!('plan' in planned)) return { planned };
  const after = applyEdits(pod, planned.plan.edits);
  const all = [...listAt(after, 'spec', 'initContainers'), ...listAt(after, 'spec', 'containers')];
  const sidecar = all.find((each) => valueAt(each, 'name') === 'watchsieve');
  return { planned, resources: valueAt(sidecar, 'resources'), notes: planned.plan.notes };
}

const quota = (hard: object, used: object, more: object = {}) => ({
  metadata: { name: 'q' },
  spec: more,
  status: { hard, used },
});
const container = (more: object) => ({ limits: [{ type: 'Container', ...more }] });
const ofPod = (more: object) => ({ limits: [{ type: 'Pod', ...more }] });

test('where nobody has a say it is as told, without a note', () => {
  assert.deepEqual(within({}), {
    ...within({}),
    resources: { ...DEFAULT, limits: amounts('500m', '256Mi') },
    notes: [],
  });
});

describe('made to fit', () => {
  for (const [what, rules, resources] of [
    [
      'a maximum',
      container({ max: { memory: '200Mi' } }),
      [amounts('50m', '128Mi'), amounts('500m', '200Mi')],
    ],
    [
      'a maximum of CPU',
      container({ max: { cpu: '300m' } }),
      [amounts('50m', '128Mi'), amounts('300m', '256Mi')],
    ],
    [
      'minima',
      container({ min: amounts('100m', '150Mi') }),
      [amounts('100m', '150Mi'), amounts('500m', '256Mi')],
    ],
    [
      'a minimum above the limit',
      container({ min: { memory: '512Mi' } }),
      [amounts('50m', '512Mi'), amounts('500m', '512Mi')],
    ],
    [
      'a ratio',
      container({ maxLimitRequestRatio: { memory: '1' } }),
      [amounts('50m', '256Mi'), amounts('500m', '256Mi')],
    ],
    [
      'a ratio that is no whole number',
      container({ maxLimitRequestRatio: { memory: '1500m' } }),
      [{ cpu: '50m', memory: '178956971' }, amounts('500m', '256Mi')],
    ],
    [
      'the lowest of several maxima',
      {
        limits: [
          ...container({ max: { memory: '220Mi' } }).limits,
          ...container({ max: { memory: '180Mi' } }).limits,
        ],
      },
      [amounts('50m', '128Mi'), amounts('500m', '180Mi')],
    ],
    [
      'what a maximum of the Pod leaves',
      ofPod({ max: { memory: '300Mi' } }),
      [amounts('50m', '128Mi'), amounts('500m', '236Mi')],
    ],
    [
      'a ratio of the Pod',
      ofPod({ maxLimitRequestRatio: { cpu: '2' } }),
      [amounts('500m', '128Mi'), amounts('500m', '256Mi')],
    ],
  ] as const)
    test(`to ${what}`, () => {
      const { planned, ...found } = within(rules);
      const [requests, limits] = resources;
      assert.deepEqual(found.resources, { requests, limits }, JSON.stringify(planned));
      assert.match(String(found.notes), /^by the rules of its namespace it asks for requests cpu=/);
    });

  test('to a quota that asks for a limit of CPU, where the Pod has one for each container by a default alone', () => {
    const spec = { containers: [{ name: 'client', image: 'x', resources: { limits: { memory: '64Mi' } } }] };
    const rules = {
      ...container({ default: { cpu: '200m' } }),
      quotas: [quota({ 'limits.cpu': '2' }, { 'limits.cpu': '1' })],
    };
    const { resources } = within(rules, spec);
    assert.equal(valueAt(resources, 'limits', 'cpu') ?? 'by the default', 'by the default');
  });

  test('to nothing at all beside a Pod that asks for nothing, where others would not be let in', () => {
    const spec = { containers: [{ name: 'client', image: 'x' }] };
    const full = quota({ pods: '1' }, { pods: '1' }, { scopes: ['NotBestEffort'] });
    assert.deepEqual(within({ quotas: [full] }, spec).resources, {});
  });

  test('to a Pod that has limits as a whole, with room for it', () => {
    const resources = { requests: amounts('100m', '100Mi'), limits: amounts('400m', '400Mi') };
    assert.deepEqual(within({}, { resources }).resources, {});
  });
});

test('of a Pod that has limits as a whole and asks for nothing they are what it asks for, until a container does', () => {
  const spec = {
    containers: [{ name: 'client', image: 'x' }],
    resources: { limits: amounts('100m', '300Mi') },
  };
  const rules = ofPod({ min: { cpu: '100m' } });
  assert.deepEqual(within(rules, spec).resources, {});
  assert.deepEqual(within({}, spec).resources, DEFAULT);
});

describe('left alone', () => {
  for (const [what, rules, cause, spec] of [
    ['a maximum below what it can run by', container({ max: { memory: '100Mi' } }), 'limit_range', {}],
    ['a maximum of hardly any CPU', container({ max: { cpu: '20m' } }), 'limit_range', {}],
    ['a maximum of the Pod without room', ofPod({ max: { memory: '150Mi' } }), 'limit_range', {}],
    [
      'a default below what it can run by, beside a Pod that asks for nothing',
      { ...container({ default: { memory: '64Mi' }, max: { memory: '64Mi' } }) },
      'limit_range',
      { containers: [{ name: 'client', image: 'x' }] },
    ],
    [
      'a quota that is full',
      { quotas: [quota({ 'limits.memory': '1Gi' }, { 'limits.memory': '800Mi' })] },
      'quota',
      {},
    ],
    ['a quota in whole bytes', { quotas: [quota({ memory: '167772159' }, { memory: '0' })] }, 'quota', {}],
    [
      'a quota whose status is not there yet',
      { quotas: [quota({ 'limits.memory': '1Gi' }, {})] },
      undefined,
      {},
    ],
    [
      'a Pod that has no more as a whole',
      {},
      'resources',
      { resources: { requests: amounts('50m', '32Mi'), limits: amounts('150m', '150Mi') } },
    ],
  ] as const)
    test(what, () => {
      const { planned } = within(rules, spec);
      // What keeps the Pod out anyway is not the sidecar's fault.
      assert.equal('plan' in planned, cause === undefined);
      if (cause === undefined) return;
      assert.ok('objections' in planned, JSON.stringify(planned));
      assert.equal(planned.objections[0]?.cause, cause);
      for (const { text } of planned.objections) assert.match(text, /range|whole|quota|default/i);
    });

  test('where an amount is not understood', () => {
    for (const rules of [container({ max: { memory: 'much' } }), { quotas: [quota({ memory: '1x' }, {})] }])
      assert.deepEqual(within(rules).planned, { notUnderstood: 'an amount of memory is not understood' });
  });
});

describe('quotas count only some Pods', () => {
  const full = (more: object) => ({
    quotas: [quota({ 'limits.memory': '64Mi' }, { 'limits.memory': '0' }, more)],
  });
  const scope = (scopeName: string, operator = 'Exists', values: readonly string[] = []) =>
    full({ scopeSelector: { matchExpressions: [{ scopeName, operator, values }] } });
  for (const [what, rules, spec, isCounted] of [
    ['that end', full({ scopes: ['Terminating'] }), {}, false],
    ['that end, and this one does', full({ scopes: ['Terminating'] }), { activeDeadlineSeconds: 5 }, true],
    ['that do not end', full({ scopes: ['NotTerminating'] }), {}, true],
    ['that ask for something', full({ scopes: ['NotBestEffort'] }), {}, true],
    ['that ask for nothing', full({ scopes: ['BestEffort'] }), {}, false],
    ['of a class', scope('PriorityClass', 'In', ['a']), { priorityClassName: 'b' }, false],
    ['of this class', scope('PriorityClass', 'In', ['a']), { priorityClassName: 'a' }, true],
    ['of any class', scope('PriorityClass'), { priorityClassName: 'a' }, true],
    ['of any class, and this one has none', scope('PriorityClass'), {}, false],
    ['not of a class', scope('PriorityClass', 'NotIn', ['a']), {}, true],
    ['without a class', scope('PriorityClass', 'DoesNotExist'), {}, true],
    ['with affinity to other namespaces', scope('CrossNamespacePodAffinity'), {}, false],
    ['of a scope that is not known', scope('Tomorrow'), {}, true],
  ] as const)
    test(what, () => {
      assert.equal('plan' in within(rules, spec).planned, !isCounted);
    });
});

test('any number of LimitRanges, quotas and containers is worked on in a moment', () => {
  const many = Array.from({ length: 100 }, (_each, index) => ({
    type: 'Container',
    max: amounts('1', `${200 + index}Mi`),
  }));
  const quotas = Array.from({ length: 100 }, () =>
    quota({ 'limits.memory': '9Gi' }, { 'limits.memory': '0' }),
  );
  const containers = Array.from({ length: 100 }, (_each, index) => ({
    name: `c${index}`,
    image: 'x',
    resources: SMALL,
  }));
  const many1000 = Array.from({ length: 1000 }, (_each, index) => ({ ...containers[0], name: `c${index}` }));
  assert.deepEqual(within({ limits: many }, { containers: many1000 }, { container: 'c0' }).planned, {
    notUnderstood: 'there are too many rules for so many containers',
  });
  const took = threadMsOf(() => {
    const { resources } = within({ limits: many, quotas }, { containers }, { container: 'c0' });
    assert.equal(valueAt(resources, 'limits', 'memory'), '200Mi');
  });
  assert.ok(took < 1000, `${took} ms`);
});
