/**
 * The admission webhook and a real API server that calls it (R44): which Pods come out injected, that they are what
 * `watchsieve inject` makes, and that nothing that goes wrong with the webhook keeps a Pod from being made.
 */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';

import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import {
  CONFIGURATION,
  configurationOf,
  CONFIGURATIONS,
  grant,
  OtherWebhook,
  readBundle,
  SECRET,
  SECRETS,
  SYSTEM,
  Webhook,
} from '../webhook.ts';
import {
  ASKED,
  daemonSetPod,
  isInjected,
  makePod,
  PLAIN,
  templatePairs,
  templatePart,
} from '../webhook-pods.ts';
import { called, configure, type Given, withWebhook } from '../with-webhook.ts';
import type { Rig, Scenario } from './scenario.ts';

export const webhookScenario: Scenario = { title: 'the admission webhook', run };

const LABELLED = 'webhook-e2e-labelled';
const OTHER = 'webhook-e2e-other';
const IMAGE = ['--image', 'example.org/watchsieve:e2e'];
/** A look every 24 to 36 s. */
const PUT_BACK_MS = 45_000;

async function run(rig: Rig): Promise<void> {
  const { admin } = rig.cluster;
  const given = { ...rig, ...(await grant(rig.cluster)), namespace: LABELLED };
  const metadata = { name: LABELLED, labels: { 'watchsieve.dev/injection': 'enabled' } };
  await admin.send('POST', '/api/v1/namespaces', { metadata });
  await admin.send('POST', '/api/v1/namespaces', { metadata: { name: OTHER } });
  try {
    await race(given);
    await withWebhook(given, [], async (webhook) => {
      await choices(given);
      await likeInject(given);
      await reinvocation(given, webhook);
      await hostile(given, webhook);
      await rights(given);
    });
    await absence(given);
    await renewal(given);
  } finally {
    await admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  }
}

/** Only where the API server calls from; the CA stays. */
async function callAt({ cluster }: Rig, url: string): Promise<void> {
  const path = `${CONFIGURATIONS}/${CONFIGURATION}`;
  const body = JSON.stringify([{ op: 'replace', path: '/webhooks/0/clientConfig/url', value: url }]);
  const headers = { 'content-type': 'application/json-patch+json' };
  assert.equal((await cluster.admin.request('PATCH', path, { body, headers })).status, 200);
}

/** The serial number of what is served, verified by `ca`. */
async function serialAt(port: number, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function race(given: Given): Promise<void> {
  const { report, program, kubeconfig, cluster } = given;
  await report.check(
    'two replicas that start from nothing end with one CA, and both are called (R44)',
    async () => {
      await configure(given, 'https://127.0.0.1:1/mutate');
      const started = await Promise.all(
        [1, 2].map(() => Webhook.start(program, kubeconfig, '--drain-delay', '0s')),
      );
      try {
        await Promise.all(started.map((webhook) => webhook.ready()));
        const secret = await cluster.admin.getJson(`${SECRETS}/${SECRET}`);
        const bundle = await readBundle(cluster);
        assert.equal(Buffer.from(textAt(secret, 'data', 'ca.crt'), 'base64').toString(), bundle);
        assert.equal(new X509Certificate(bundle).subject.split('-ca-')[0], 'CN=watchsieve-webhook');
        const serials = await Promise.all(started.map(({ port }) => serialAt(port, bundle)));
        assert.equal(new Set(serials).size, 2);
        for (const webhook of started) {
          await callAt(given, webhook.url());
          await called(given);
          assert.ok((await webhook.reviews('injected')) > 0);
        }
        assert.equal(await readBundle(cluster), bundle);
      } finally {
        await Promise.all(started.map((webhook) => webhook.child.stop()));
      }
    },
  );
}

async function choices({ report, cluster: { admin } }: Given): Promise<void> {
  const annotated = { metadata: { annotations: ASKED }, spec: PLAIN };
  await report.check(
    'an annotated Pod in a labelled namespace is injected, and no other is (R44)',
    async () => {
      assert.ok(isInjected(await makePod(admin, LABELLED, annotated)));
      assert.ok(!isInjected(await makePod(admin, LABELLED, { spec: PLAIN })));
      assert.ok(!isInjected(await makePod(admin, OTHER, annotated)));
      assert.ok(!isInjected(await makePod(admin, 'kube-system', annotated)));
      const against = { metadata: { annotations: { 'watchsieve.dev/inject': 'false' } }, spec: PLAIN };
      assert.ok(!isInjected(await makePod(admin, LABELLED, against)));
    },
  );
  await report.check('a dry run is injected too, and leaves nothing behind', async () => {
    const path = `/api/v1/namespaces/${LABELLED}/pods`;
    const before = listAt(await admin.getJson(path), 'items').length;
    assert.ok(isInjected(await makePod(admin, LABELLED, annotated, '?dryRun=All')));
    assert.equal(listAt(await admin.getJson(path), 'items').length, before);
  });
  await report.check(
    'what stands in the way is a warning to whoever makes the Pod, which is made (R44)',
    async () => {
      const containers = [{ ...PLAIN.containers[0], env: [{ name: 'KUBECONFIG', value: '/x' }] }];
      const made = await makePod(admin, LABELLED, { ...annotated, spec: { containers } });
      assert.ok(!isInjected(made));
      assert.match(made.warnings, /watchsieve: .*KUBECONFIG set already/);
    },
  );
}

async function likeInject({ report, program, cluster }: Given): Promise<void> {
  const pairs = await templatePairs(program, join(cluster.folder, 'webhook-manifests'), ...IMAGE);
  await report.check(
    "every DaemonSet's Pod of MetalLB's releases comes out field for field as from an injected template (R44)",
    async () => {
      assert.ok(pairs.length >= 10, `${pairs.length} DaemonSets`);
      for (const release of ['v0.14.5', 'v0.16.1'])
        assert.ok(
          pairs.some(({ title }) => title.startsWith(release)),
          release,
        );
      for (const { title, name, template, injected } of pairs) {
        const query = '?dryRun=All';
        const byWebhook = await makePod(cluster.admin, LABELLED, daemonSetPod(name, template), query);
        const byInject = await makePod(cluster.admin, OTHER, daemonSetPod(name, injected), query);
        assert.ok(isInjected(byWebhook), title);
        assert.ok(isInjected(byInject), title);
        assert.deepEqual(templatePart(byWebhook.pod), templatePart(byInject.pod), title);
        // A template that was injected before: nothing is added twice.
        const both = await makePod(cluster.admin, LABELLED, daemonSetPod(name, injected), query);
        assert.ok(isInjected(both), title);
        assert.deepEqual(templatePart(both.pod), templatePart(byInject.pod), title);
      }
    },
  );
  report.note(`${pairs.length} DaemonSets`);
}

async function reinvocation({ report, cluster }: Given, webhook: Webhook): Promise<void> {
  const added = { name: 'added', image: 'example.org/added:1' };
  const hasAdded = (pod: unknown) =>
    listAt(pod, 'spec', 'containers').some((each) => valueAt(each, 'name') === 'added');
  const other = await OtherWebhook.start((pod) =>
    hasAdded(pod) ? [] : [{ op: 'add', path: '/spec/containers/-', value: added }],
  );
  const { url, caBundle } = other;
  // They are called in the order of their names.
  const name = `zz-${CONFIGURATION}`;
  await report.check(
    'called again for a Pod that another webhook changed, it changes nothing (R44)',
    async () => {
      await cluster.admin.send(
        'POST',
        CONFIGURATIONS,
        configurationOf(name, { url, caBundle, name: 'other.example.org' }),
      );
      let made = await makePod(cluster.admin, LABELLED, { metadata: { annotations: ASKED }, spec: PLAIN });
      for (let attempt = 0; attempt < 100 && !hasAdded(made.pod); attempt += 1) {
        await delay(100);
        made = await makePod(cluster.admin, LABELLED, { metadata: { annotations: ASKED }, spec: PLAIN });
      }
      assert.ok(hasAdded(made.pod) && isInjected(made));
      assert.ok((await webhook.reviews('unchanged')) > 0);
    },
  );
  await cluster.admin.request('DELETE', `${CONFIGURATIONS}/${name}`);
  await other.stop();
}

async function hostile(given: Given, webhook: Webhook): Promise<void> {
  const { report, cluster } = given;
  await report.check(
    'malformed and huge calls get a clear answer, and the next Pod is injected (R44)',
    async () => {
      const ca = await readBundle(cluster);
      const huge = JSON.stringify({ apiVersion: 'x'.repeat(5 * 1024 * 1024) });
      for (const [body, type, status, pattern] of [
        ['{', 'application/json', 400, /not JSON/],
        ['{}', 'application/json', 400, /not an AdmissionReview/],
        ['{}', 'application/yaml', 415, /application\/json/],
        [huge, 'application/json', 413, /not read/],
      ] as const) {
        const answer = await webhook.post(ca, body, type);
        assert.equal(answer.status, status);
        assert.match(answer.body.toString(), pattern);
        await called(given);
      }
    },
  );
}

async function rights({ report, cluster, token }: Given): Promise<void> {
  await report.check(
    'with its token nothing else can be had: no other Secret, no other list, no other configuration',
    async () => {
      const client = new ApiClient({ server: cluster.server, ca: cluster.ca, token });
      try {
        assert.equal((await client.get(`${SECRETS}/${SECRET}`)).status, 200);
        assert.equal((await client.get(`${CONFIGURATIONS}/${CONFIGURATION}`)).status, 200);
        for (const resource of ['limitranges', 'resourcequotas']) {
          const path = `/api/v1/namespaces/${LABELLED}/${resource}`;
          assert.equal((await client.get(path)).status, 200, path);
          for (const more of [`${path}?watch=true`, `${path}/x`])
            assert.equal((await client.get(more)).status, 403, more);
        }
        for (const path of [
          SECRETS,
          `${SECRETS}/other`,
          `${CONFIGURATIONS}/other`,
          CONFIGURATIONS,
          `/api/v1/namespaces/${SYSTEM}/pods`,
          '/api/v1/nodes',
        ])
          assert.equal((await client.get(path)).status, 403, path);
        for (const path of [`${SECRETS}/${SECRET}`, `${CONFIGURATIONS}/${CONFIGURATION}`])
          assert.equal((await client.request('DELETE', path)).status, 403, path);
      } finally {
        await client.close();
      }
    },
  );
}

async function absence(given: Given): Promise<void> {
  const { report, cluster } = given;
  const pod = { metadata: { annotations: ASKED }, spec: PLAIN };
  await report.check('a dead webhook: the Pod is made at once, without the sidecar (R44)', async () => {
    const made = await makePod(cluster.admin, LABELLED, pod);
    assert.ok(!isInjected(made));
    assert.ok(made.ms < 1000, `${made.ms} ms`);
  });
  await report.check('a webhook that hangs: the Pod is made after 3 s (R44)', async () => {
    const hanging = await OtherWebhook.start(() => 'never');
    await cluster.admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
    await cluster.admin.send('POST', CONFIGURATIONS, configurationOf(CONFIGURATION, hanging));
    let made = await makePod(cluster.admin, LABELLED, pod);
    for (let attempt = 0; attempt < 50 && made.ms < 1000; attempt += 1) {
      await delay(100);
      made = await makePod(cluster.admin, LABELLED, pod);
    }
    await hanging.stop();
    assert.ok(!isInjected(made));
    assert.ok(made.ms >= 2900 && made.ms < 5000, `${made.ms} ms`);
  });
}

async function renewal(given: Given): Promise<void> {
  const { report, cluster } = given;
  await withWebhook(given, ['--certificate-lifetime', '15s'], async (webhook) => {
    await report.check(
      'a certificate is renewed while it runs, and the API server goes on calling (R44)',
      async () => {
        const bundle = await readBundle(cluster);
        const first = await serialAt(webhook.port, bundle);
        await delay(16_000);
        assert.notEqual(await serialAt(webhook.port, bundle), first);
        await called(given);
        // Another host is another connection to the API server: it sees the new certificate.
        const before = await webhook.reviews('injected');
        await callAt(given, webhook.url('localhost'));
        await called(given);
        await delay(500);
        await called(given);
        assert.ok((await webhook.reviews('injected')) > before);
        assert.equal(await readBundle(cluster), bundle);
      },
    );
    await report.check(
      'a caBundle that somebody took away is put back, and the API server calls again (R44)',
      async () => {
        const bundle = await readBundle(cluster);
        await configure(given, webhook.url());
        assert.equal(await readBundle(cluster), '');
        const start = performance.now();
        while ((await readBundle(cluster)) === '' && performance.now() - start < PUT_BACK_MS)
          await delay(250);
        report.note(`put back after ${Math.round((performance.now() - start) / 1000)} s`);
        assert.equal(await readBundle(cluster), bundle);
        await called(given);
      },
    );
  });
}
