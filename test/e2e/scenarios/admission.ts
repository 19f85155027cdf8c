/**
 * The webhook beside what else decides about Pods: ResourceQuotas, LimitRanges, Pod Security, Pods that mirror a file or
 * run on Windows. Each Pod is made in two namespaces that are alike but for the label, and what one lets in, the other
 * does too (I9, R44). The real API server is what judges; everything is a dry run, so that no Pod changes another's case.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { entriesAt, listAt, textAt, valueAt } from '../../support/json-value.ts';
import { CASES, type Case, confined, POLICIES, type Policy, type Quota } from '../admission-cases.ts';
import { randomCases, randomPolicies } from '../admission-random.ts';
import type { ApiClient } from '../api-client.ts';
import { CONFIGURATION, CONFIGURATIONS, grant } from '../webhook.ts';
import { ASKED, makePod, type Made } from '../webhook-pods.ts';
import { type Given, withWebhook } from '../with-webhook.ts';
import type { Rig, Scenario } from './scenario.ts';

export const admissionScenario: Scenario = { title: 'the webhook beside other admission', run };

const LABEL = { 'watchsieve.dev/injection': 'enabled' };
const OPEN = 'admission-e2e-open';
const CANARY = 'example.com/canary';

async function run(rig: Rig): Promise<void> {
  const { admin } = rig.cluster;
  const given: Given = { ...rig, ...(await grant(rig.cluster)), namespace: OPEN };
  await makeNamespace(admin, OPEN, LABEL);
  await admin.send('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    metadata: { name: 'watchsieve-e2e' },
    value: 1000,
  });
  const places = await Promise.all(POLICIES.map((policy, index) => place(admin, policy, `${index}`)));
  try {
    await withWebhook(given, [], async () => {
      const seen: Pair[] = [];
      for (const at of places)
        await rig.report.check(
          `${at.policy.title}: what is let in without the label is let in with it`,
          async () => {
            const pairs = await Promise.all(CASES.map((each) => both(admin, each, at)));
            seen.push(...pairs);
            assert.deepEqual(pairs.flatMap(faultsOf), []);
          },
        );
      await notVacuous(given, seen);
      await anyOfThem(given);
    });
  } finally {
    await admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  }
}

/** One Pod, without the label and with it. */
interface Pair {
  readonly policy: string;
  readonly title: string;
  readonly without: Made;
  readonly with: Made;
  readonly sidecar: unknown;
}

async function both(admin: ApiClient, each: Case, { policy, plain, labelled }: Place): Promise<Pair> {
  const annotations = { ...ASKED, ...Object.fromEntries(entriesAt(each.metadata, 'annotations')) };
  const pod = { metadata: { ...each.metadata, annotations }, spec: each.spec };
  const without = await makePod(admin, plain, pod, '?dryRun=All');
  const made = await makePod(admin, labelled, pod, '?dryRun=All');
  return { policy: policy.title, title: each.title, without, with: made, sidecar: sidecarOf(made.pod) };
}

function sidecarOf(pod: unknown): unknown {
  const all = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')];
  return all.find((each) => valueAt(each, 'name') === 'watchsieve');
}

/** Refused with the label alone, or let in without the sidecar and without a word. */
function faultsOf({ title, without, with: made, sidecar }: Pair): readonly string[] {
  if (without.status !== 201) return [];
  if (made.status !== 201) return [`${title}: ${made.status} ${textAt(made.pod, 'message')}`];
  if (/failed/.test(made.warnings)) return [`${title}: ${made.warnings}`];
  const isTold = /watchsieve: .* gets no sidecar: /.test(made.warnings);
  return sidecar === undefined && !isTold
    ? [`${title}: no sidecar, no warning, after ${made.ms} ms: ${made.warnings}`]
    : [];
}

/** Where it fits, or can be made to, it is there: what leaves all Pods alone would pass as well. */
const INJECTED: Readonly<Record<string, readonly string[]>> = {
  nothing: [
    'BestEffort',
    'Burstable',
    'Guaranteed',
    'with init containers',
    'with more than that as a whole',
  ],
  'Pod Security restricted': ['BestEffort', 'Burstable', 'asked for as an ordinary container'],
  'container maximum of 200Mi': ['BestEffort', 'Burstable', 'with a sidecar of its own'],
  'container maximum of CPU': ['BestEffort', 'Burstable', 'asked for as an ordinary container'],
  'container minima': ['with requests alone', 'with a large limit'],
  'ratio of CPU': ['Burstable', 'Guaranteed'],
  'ratio of memory': ['Guaranteed', 'with a large limit'],
  'ratio that is no whole number': ['Guaranteed'],
  'default limit below the request': ['Burstable', 'BestEffort', 'Guaranteed'],
  'defaults for all, minima and maxima': ['BestEffort', 'Guaranteed', 'with a large limit'],
  'default and maximum of ephemeral storage': ['BestEffort', 'Burstable', 'Guaranteed'],
  'Pod maximum of 400Mi': ['Burstable', 'Guaranteed', 'with a sidecar of its own'],
  'Pod maximum of 300Mi': ['Burstable', 'Guaranteed'],
  'Pod ratio': ['Guaranteed'],
  'quota on limits.cpu': ['Burstable', 'Guaranteed', 'asked for as an ordinary container'],
  'quota on all of compute': ['Burstable', 'Guaranteed', 'with init containers'],
  'quota that is almost used': [],
  'quota with room for it, just': ['Burstable', 'Guaranteed', 'with a large limit'],
  'quota on Pods': ['BestEffort', 'Guaranteed'],
  'quota for BestEffort, full for others': ['BestEffort', 'that ends, BestEffort'],
  'quota of compute for others than BestEffort': ['BestEffort', 'Burstable', 'Guaranteed'],
  'quota for Pods that end': ['BestEffort', 'Guaranteed', 'Burstable'],
  'quota for Pods that do not end': ['that ends', 'that ends, BestEffort'],
  'quota of a priority class': ['Burstable', 'BestEffort'],
  'quota of ephemeral storage': ['Burstable', 'BestEffort'],
  'maximum, defaults and quota together, restricted': ['BestEffort', 'Burstable', 'Guaranteed'],
};

async function notVacuous({ report }: Given, pairs: readonly Pair[]): Promise<void> {
  await report.check('the sidecar is there wherever it fits, and where less of it fits', () => {
    const missing = Object.entries(INJECTED).flatMap(([policy, titles]) =>
      titles.flatMap((title) => {
        const found = pairs.find((each) => each.policy === policy && each.title === title);
        assert.ok(found !== undefined, `${policy}, ${title}`);
        return found.sidecar === undefined ? [`${policy}, ${title}: ${found.with.warnings}`] : [];
      }),
    );
    assert.deepEqual(missing, []);
  });
  await report.check('a sidecar that is made to fit is never one that could not run', () => {
    for (const { policy, title, sidecar } of pairs) {
      const limits = entriesAt(sidecar, 'resources', 'limits');
      for (const [, limit] of limits.filter(([resource]) => resource === 'memory'))
        assert.ok(bytesOf(limit) >= 128 * 2 ** 20, `${policy}, ${title}: ${JSON.stringify(limit)}`);
    }
  });
  await report.check('a Pod on Windows, and one that mirrors a file, never have it', () => {
    const never = pairs.filter(({ title }) => ['on Windows', 'that mirrors a file'].includes(title));
    assert.ok(never.filter(({ without }) => without.status === 201).length > POLICIES.length);
    for (const { policy, title, sidecar } of never) assert.equal(sidecar, undefined, `${policy}, ${title}`);
  });
  const admitted = pairs.filter(({ without }) => without.status === 201);
  const injected = admitted.filter(({ sidecar }) => sidecar !== undefined);
  report.note(
    `${pairs.length} Pods, ${admitted.length} let in without the label, ${injected.length} with a sidecar`,
  );
}

/**
 * So many policies, or as many as fit into a minute, since an API server on a busy machine takes seconds for each. With
 * an unlucky seed most of them are refused, or let in few Pods: then more are tried.
 */
const RANDOM = { policies: 60, most: 600, pods: 15, ms: 60_000, limitMs: 300_000 };
/** Pods, below which the check goes on: fewer would prove little. */
const ENOUGH = { admitted: 100, injected: 30 };

/** The same check with random policies and Pods. */
async function anyOfThem(given: Given): Promise<void> {
  const { report, cluster } = given;
  const seed = Number(process.env['WATCHSIEVE_SEED'] ?? Date.now() % 2 ** 31);
  await report.check(
    `any Pod that any policies let in, they let in with the label too (WATCHSIEVE_SEED=${seed})`,
    async () => {
      const seen: Pair[] = [];
      const admitted = () => seen.filter(({ without }) => without.status === 201);
      const injected = () => admitted().filter(({ sidecar }) => sidecar !== undefined);
      const enough = () => admitted().length > ENOUGH.admitted && injected().length > ENOUGH.injected;
      const end = performance.now() + RANDOM.ms;
      for (const [index, policy] of randomPolicies(seed, RANDOM.most).entries()) {
        if ((index >= RANDOM.policies || performance.now() > end) && enough()) break;
        const at = await place(cluster.admin, policy, `random-${index}`).catch(() => undefined);
        if (at === undefined) continue;
        const cases = randomCases(seed + index, RANDOM.pods);
        seen.push(...(await Promise.all(cases.map((each) => both(cluster.admin, each, at)))));
      }
      report.note(
        `${seen.length} Pods, ${admitted().length} let in without the label, ${injected().length} with a sidecar`,
      );
      assert.deepEqual(
        seen.flatMap((pair) => faultsOf(pair).map((fault) => `${pair.policy}\n${fault}`)),
        [],
      );
      assert.ok(enough());
    },
    RANDOM.limitMs,
  );
}

function bytesOf(quantity: unknown): number {
  assert.ok(typeof quantity === 'string');
  const [, number = '', unit = ''] = /^(\d+)(Ki|Mi|Gi|)$/.exec(quantity) ?? assert.fail(quantity);
  return Number(number) * { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit as ''];
}

interface Place {
  readonly policy: Policy;
  readonly plain: string;
  readonly labelled: string;
}

async function place(admin: ApiClient, policy: Policy, name: string): Promise<Place> {
  const level: Record<string, string> =
    policy.level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': policy.level };
  const [plain, labelled] = [`admission-e2e-${name}-plain`, `admission-e2e-${name}-labelled`];
  for (const [namespace, labels] of [
    [plain, level],
    [labelled, { ...level, ...LABEL }],
  ] as const) {
    await makeNamespace(admin, namespace, labels);
    // One, since those of a namespace with none are asked for anew: it is in force at once.
    if (policy.limits !== undefined)
      await admin.send('POST', `/api/v1/namespaces/${namespace}/limitranges`, {
        metadata: { name: 'limits' },
        spec: { limits: policy.limits },
      });
    const quotas = policy.quotas ?? [];
    for (const [at, quota] of quotas.entries()) await makeQuota(admin, namespace, `quota-${at}`, quota);
    if (quotas.length > 0) await enforced(admin, namespace);
  }
  return { policy, plain, labelled };
}

async function makeNamespace(
  admin: ApiClient,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await admin.send('POST', '/api/v1/namespaces', { metadata: { name, labels } });
}

/** With its status, which no controller writes here. */
async function makeQuota(
  admin: ApiClient,
  namespace: string,
  name: string,
  { used = {}, ...spec }: Quota,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const made = await admin.send('POST', path, { metadata: { name }, spec });
  const nothing = Object.fromEntries(Object.keys(spec.hard).map((resource) => [resource, '0']));
  const status = { hard: spec.hard, used: { ...nothing, ...used } };
  const body = JSON.stringify({ ...Object(made), status });
  const headers = { 'content-type': 'application/json' };
  const answer = await admin.request('PUT', `${path}/${name}/status`, { body, headers });
  assert.equal(answer.status, 200, answer.body.toString());
}

/** The API server hears of quotas by its own watch, in their order: with this one come those before it. */
async function enforced(admin: ApiClient, namespace: string): Promise<void> {
  const resource = `requests.${CANARY}`;
  await makeQuota(admin, namespace, 'zz-canary', { hard: { [resource]: '0' } });
  const amount = { [CANARY]: '1', cpu: '1m', memory: '1Mi' };
  const resources = { requests: amount, limits: amount };
  const { spec } = confined(resources);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const made = await makePod(admin, namespace, { spec }, '?dryRun=All');
    if (made.status === 403 && /exceeded quota/.test(textAt(made.pod, 'message'))) return;
    await delay(100);
  }
  throw new Error(`the quotas of ${namespace} are never enforced`);
}
