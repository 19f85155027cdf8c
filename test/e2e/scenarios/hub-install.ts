/**
 * The hub as its manifests install it (I10, I15, R34) on a real API server: what the server says to them, what the service
 * account may do, and two replicas started as the Deployment says and with no other right: with the certificate of the
 * script, and with an authority of their own. At last its chart, by Helm.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import type { Dispatcher } from 'undici';
import { parse, stringify } from 'yaml';

import { Child } from '../../support/child.ts';
import { entriesAt, listAt, textAt, valueAt } from '../../support/json-value.ts';
import { copyManifests } from '../../support/named-manifests.ts';
import { ApiClient } from '../api-client.ts';
import { createNamespace, leftOf } from '../chart/pods.ts';
import type { Cluster } from '../cluster.ts';
import { Scrape } from '../metrics.ts';
import { helmIn } from '../helm.ts';
import { Informer } from '../informer.ts';
import { mountVolume } from '../mounted-volume.ts';
import { parseRendering, run } from '../rendering.ts';
import { until } from '../until.ts';
import { CONFIGURATION, CONFIGURATIONS, grant } from '../webhook.ts';
import { ASKED, makePod, PLAIN } from '../webhook-pods.ts';
import { withWebhook } from '../with-webhook.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const NAME = 'watchsieve-hub';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAME}/deployments/${NAME}`;
const ROLE = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`;
/** Where the component hands out the authority. */
const METALLB = 'metallb-system';
const AUTHORITY = `${NAME}-authority`;
const SIDECARS = ['sidecars-one', 'sidecars-two'] as const;
/** All of 127/8 is this machine, and the Deployment's ports are fixed. */
const POD_IPS = ['127.84.1.1', '127.84.1.2'] as const;
const READY_WITHIN_MS = 20_000;
const NODES = '/api/v1/nodes?resourceVersion=0';

interface Replica {
  readonly podIp: string;
  readonly child: Child;
}

export const hubInstallScenario: Scenario = { title: 'the hub as it is installed', run: prove };

async function prove(rig: Rig): Promise<void> {
  const { cluster, report } = rig;
  const folder = await mkdtemp(join(cluster.folder, 'hub-'));
  const shell = await shellIn(folder, rig);
  copyManifests(folder);
  for (const namespace of SIDECARS) await createNamespace(cluster, namespace);
  try {
    await report.check('the API server takes the manifests, strictly, and twice (R34)', async () => {
      await shell('kubectl kustomize manifests/hub');
      for (let i = 0; i < 2; i++)
        await shell('kubectl apply --server-side --validate=strict -k manifests/hub');
      await shell('kubectl apply --server-side --dry-run=server --validate=strict -k manifests/hub');
    });
    await report.check('a Pod of the Deployment passes Pod Security "restricted"', () =>
      proveRestricted(cluster),
    );
    await report.check('certificate.sh makes the Secret, and hands out the CA (I15)', async () => {
      await shell(`sh manifests/hub/certificate.sh ${SIDECARS.join(' ')}`);
      const [one, two] = [await caIn(cluster, SIDECARS[0]), await caIn(cluster, SIDECARS[1])];
      assert.equal(one, two);
    });
    await report.check('the service account may list and watch Nodes, and nothing else (I10)', () =>
      proveRights(cluster),
    );
    await proveReplicas(rig, folder, shell);
    await proveAuthority(rig, folder, shell);
    await proveHelm(rig, folder);
  } finally {
    await shell('kubectl delete --wait=false --ignore-not-found -k manifests/hub');
  }
}

/** Runs one line where the manifests are, as somebody who may do everything. */
async function shellIn(folder: string, { cluster, assets }: Rig): Promise<(line: string) => Promise<string>> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await symlink(assets.kubectl, join(bin, 'kubectl'));
  const env = {
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    KUBECONFIG: await cluster.writeKubeconfig('hub-install.kubeconfig', 'admin'),
    HOME: folder,
  };
  return (line) => run({ command: 'sh', args: ['-c', line], cwd: folder, env });
}

async function proveRestricted({ admin }: Cluster): Promise<void> {
  const template = Object.fromEntries(entriesAt(await admin.getJson(DEPLOYMENT), 'spec', 'template'));
  const pod = {
    ...template,
    metadata: { labels: valueAt(template, 'metadata', 'labels'), name: 'from-the-template' },
  };
  const answer = await admin.request('POST', `/api/v1/namespaces/${NAME}/pods?dryRun=All`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(pod),
  });
  assert.equal(answer.status, 201, answer.body.toString());
  assert.equal(answer.headers['warning'], undefined);
}

async function caIn({ admin }: Cluster, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/watchsieve-hub-ca`;
  return textAt(await admin.getJson(path), 'data', 'ca.crt');
}

async function tokenOf({ admin }: Cluster, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${NAME}/serviceaccounts/${account}/token`;
  return textAt(await admin.send('POST', path, { spec: { expirationSeconds: 600 } }), 'status', 'token');
}

async function proveRights(cluster: Cluster): Promise<void> {
  const { admin, server, ca } = cluster;
  const accounts = `/api/v1/namespaces/${NAME}/serviceaccounts`;
  await admin.send('POST', accounts, { metadata: { name: 'another' } });
  const [own, other] = await Promise.all(
    [NAME, 'another'].map(async (account) => {
      return new ApiClient({ server, ca, token: await tokenOf(cluster, account) });
    }),
  );
  assert.ok(own !== undefined && other !== undefined);
  try {
    const common = new Set(await rulesOf(other));
    assert.deepEqual(
      (await rulesOf(own)).filter((rule) => !common.has(rule)),
      ['list,watch nodes'],
    );
    assert.equal((await own.get('/api/v1/nodes?limit=1')).status, 200);
    for (const [method, path] of refused()) {
      const { status } = await own.request(method, path, {
        headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
      });
      assert.equal(status, 403, `${method} ${path}`);
    }
  } finally {
    await Promise.all([own.close(), other.close()]);
    await admin.send('DELETE', `${accounts}/another`, {});
  }
}

function refused(): readonly (readonly [Dispatcher.HttpMethod, string])[] {
  const namespace = `/api/v1/namespaces/${NAME}`;
  return [
    ['GET', '/api/v1/nodes/node-0'],
    ['PATCH', '/api/v1/nodes/node-0'],
    ['DELETE', '/api/v1/nodes/node-0'],
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/secrets'],
    ['GET', `${namespace}/secrets`],
    ['GET', `${namespace}/secrets/watchsieve-hub-tls`],
    ['POST', `${namespace}/secrets`],
    ['GET', `/api/v1/namespaces/${SIDECARS[0]}/configmaps/watchsieve-hub-ca`],
    ['POST', `${namespace}/serviceaccounts/${NAME}/token`],
    ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
    ['POST', '/apis/authentication.k8s.io/v1/tokenreviews'],
    ['GET', ROLE],
  ];
}

async function rulesOf(account: ApiClient, namespace = NAME): Promise<readonly string[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const answer = await account.send('POST', path, { spec: { namespace } });
  return listAt(answer, 'status', 'resourceRules').map((rule) =>
    ['verbs', 'resources', 'resourceNames']
      .map((part) => listAt(rule, part).join(','))
      .join(' ')
      .trim(),
  );
}

async function proveReplicas(
  rig: Rig,
  folder: string,
  shell: (line: string) => Promise<string>,
): Promise<void> {
  const { cluster, report } = rig;
  const replicas: Replica[] = [];
  try {
    await report.check(
      'the program starts as the Deployment says, twice, and both get ready (R44)',
      async () => {
        for (const podIp of POD_IPS) replicas.push(await start(rig, folder, podIp));
        await Promise.all(replicas.map(isReady));
      },
    );
    const [first] = replicas;
    assert.ok(first !== undefined);
    await proveSidecar(rig, folder, { namespace: SIDECARS[1], podIps: POD_IPS, child: first.child });
    await proveAlone(rig, folder, { namespace: SIDECARS[1], podIps: [first.podIp], child: first.child });
    await report.check(
      'each may do with its rights what it has to: its own requests all succeed (I10)',
      async () => {
        for (const podIp of POD_IPS) {
          await listedAt(cluster, podIp);
          const scrape = await scrapeOf(podIp);
          assert.ok(scrape.sum('watchsieve_hub_feed_requests_total', { result: 'watch' }) > 0);
          for (const result of ['list_failed', 'watch_failed'])
            assert.equal(scrape.sum('watchsieve_hub_feed_requests_total', { result }), 0, result);
        }
        for (const { child } of replicas)
          assert.ok(!/\b403\b|forbidden/i.test([...child.stdout.lines, ...child.stderr.lines].join('\n')));
      },
    );
    await report.check(
      'certificate.sh again: the hub that runs is trusted by the new CA too (I15)',
      async () => {
        const before = await caIn(cluster, SIDECARS[0]);
        await shell(`sh manifests/hub/certificate.sh ${SIDECARS.join(' ')}`);
        assert.notEqual(await caIn(cluster, SIDECARS[0]), before);
        for (const podIp of POD_IPS) assert.equal(await listedAt(cluster, podIp), 200);
      },
    );
    await report.check(
      'without the right to watch its feed fails, and it says so: a broken right is seen',
      async () => {
        await cluster.admin.send('PATCH', ROLE, {
          rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }],
        });
        const [replica] = replicas;
        assert.ok(replica !== undefined);
        await replica.child.stop(READY_WITHIN_MS);
        replicas.shift();
        const again = await start(rig, folder, replica.podIp);
        replicas.push(again);
        await until('its feed fails', READY_WITHIN_MS, again.child, async () => {
          if (!(await fetch(`http://${again.podIp}:17482/readyz`)).ok) return false;
          // Its callers are answered all the same.
          assert.equal(await listedAt(cluster, again.podIp), 200);
          const scrape = await scrapeOf(again.podIp);
          return scrape.sum('watchsieve_hub_feed_requests_total', { result: 'watch_failed' }) > 0;
        });
      },
    );
  } finally {
    await report.check('all end when they are told to', async () => {
      const codes = await Promise.all(replicas.map(({ child }) => child.stop(20_000)));
      assert.deepEqual(
        codes,
        replicas.map(() => 0),
      );
    });
  }
}

/** Two replicas share an authority in a Secret; whoever has only the CA of the ConfigMap reaches both. */
async function proveAuthority(
  rig: Rig,
  folder: string,
  shell: (line: string) => Promise<string>,
): Promise<void> {
  const { cluster, report } = rig;
  const overlay = join(folder, 'with-authority');
  await mkdir(overlay);
  await writeFile(
    join(overlay, 'kustomization.yaml'),
    stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['../manifests/hub'],
      components: ['../manifests/components/hub-authority'],
    }),
  );
  await createNamespace(cluster, METALLB);
  await report.check('the API server takes it with an authority of its own (R34)', async () => {
    await shell('kubectl apply --server-side --force-conflicts --validate=strict -k with-authority');
    await proveRestricted(cluster);
  });
  await report.check(
    'then the service account may write one Secret and one ConfigMap, no other, and make none (I10)',
    () => proveAuthorityRights(cluster),
  );
  const replicas: Replica[] = [];
  try {
    await report.check(
      'both start from an empty Secret, and one CA is handed out for both (I15)',
      async () => {
        replicas.push(...(await Promise.all(POD_IPS.map((podIp) => start(rig, folder, podIp)))));
        await Promise.all(replicas.map(isReady));
        const secret = await cluster.admin.getJson(`/api/v1/namespaces/${NAME}/secrets/${AUTHORITY}`);
        const ca = Buffer.from(textAt(secret, 'data', 'ca.crt'), 'base64').toString();
        assert.equal(await caIn(cluster, METALLB), ca);
        for (const podIp of POD_IPS) assert.equal(await listedAt(cluster, podIp, METALLB), 200);
      },
    );
    for (const { podIp, child } of replicas)
      await proveSidecar(rig, folder, { namespace: METALLB, podIps: [podIp], child });
    await report.check('one that starts anew is trusted by the CA of before', async () => {
      const before = await caIn(cluster, METALLB);
      const [replica] = replicas.splice(0, 1);
      assert.ok(replica !== undefined);
      assert.equal(await replica.child.stop(READY_WITHIN_MS), 0);
      const again = await start(rig, folder, replica.podIp);
      replicas.push(again);
      await isReady(again);
      assert.equal(await caIn(cluster, METALLB), before);
      assert.equal(await listedAt(cluster, again.podIp, METALLB), 200);
    });
  } finally {
    await report.check('these end too', async () => {
      const codes = await Promise.all(replicas.map(({ child }) => child.stop(20_000)));
      assert.deepEqual(
        codes,
        replicas.map(() => 0),
      );
    });
    await shell(`kubectl delete --ignore-not-found -n ${METALLB} role,rolebinding,configmap ${NAME}-ca`);
  }
}

async function proveAuthorityRights(cluster: Cluster): Promise<void> {
  const { server, ca } = cluster;
  const own = new ApiClient({ server, ca, token: await tokenOf(cluster, NAME) });
  try {
    const rules = await rulesOf(own);
    for (const rule of ['list,watch nodes', `get,update secrets ${AUTHORITY}`])
      assert.ok(rules.includes(rule), rules.join('\n'));
    assert.ok((await rulesOf(own, METALLB)).includes(`get,patch configmaps ${NAME}-ca`));
    const [secrets, maps] = [
      `/api/v1/namespaces/${NAME}/secrets`,
      `/api/v1/namespaces/${METALLB}/configmaps`,
    ];
    for (const path of [`${secrets}/${AUTHORITY}`, `${maps}/${NAME}-ca`])
      assert.equal((await own.get(path)).status, 200, path);
    for (const [method, path] of [
      ['GET', secrets],
      ['POST', secrets],
      ['GET', `${secrets}/watchsieve-hub-tls`],
      ['DELETE', `${secrets}/${AUTHORITY}`],
      ['GET', maps],
      ['POST', maps],
      ['GET', `${maps}/other`],
      ['DELETE', `${maps}/${NAME}-ca`],
      ['GET', `/api/v1/namespaces/${SIDECARS[0]}/configmaps/${NAME}-ca`],
      ['GET', `/api/v1/namespaces/${METALLB}/secrets`],
    ] as const) {
      const { status } = await own.request(method, path, {
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      assert.equal(status, 403, `${method} ${path}`);
    }
  } finally {
    await own.close();
  }
}

/** The chart on the API server: taken, upgraded without touching what the hub has written, and gone without a trace. */
async function proveHelm(rig: Rig, folder: string): Promise<void> {
  const { cluster, report, assets } = rig;
  const kubeconfig = await cluster.writeKubeconfig('hub-helm.kubeconfig', 'admin');
  const helm = helmIn(folder, await assets.helm());
  const namespace = 'hub-by-helm';
  await createNamespace(cluster, namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const chart = join(folder, 'manifests', 'chart', NAME);
  const set = `--set=tls.authorityNamespaces={${SIDECARS.join(',')}}`;
  for (const serverSide of [true, false]) {
    const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`];
    const written = [...flags, `--server-side=${serverSide}`, set];
    const objects = parseRendering(await helm('template', 'edge', chart, `--namespace=${namespace}`, set));
    const secret = `/api/v1/namespaces/${namespace}/secrets/edge-${NAME}-authority`;
    const map = `/api/v1/namespaces/${SIDECARS[0]}/configmaps/edge-${NAME}-ca`;
    await report.check(
      `helm --server-side=${serverSide}: the API server takes every object of the chart (R34)`,
      async () => {
        await helm('install', 'edge', chart, ...written, '--dry-run=server');
        await helm('install', 'edge', chart, ...written);
        assert.equal((await leftOf(cluster, objects.values())).length, objects.size);
      },
    );
    await report.check(
      `helm --server-side=${serverSide}: an upgrade leaves alone what the hub has written (I15)`,
      async () => {
        const put = { data: { 'ca.crt': 'eA==' } };
        await cluster.admin.send('PATCH', secret, put);
        await cluster.admin.send('PATCH', map, { data: { 'ca.crt': 'x' } });
        await helm('upgrade', 'edge', chart, ...written, '--set=replicas=3');
        const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/edge-${NAME}`;
        assert.equal(valueAt(await cluster.admin.getJson(deployment), 'spec', 'replicas'), 3);
        assert.deepEqual(valueAt(await cluster.admin.getJson(secret), 'data'), put.data);
        assert.deepEqual(valueAt(await cluster.admin.getJson(map), 'data'), { 'ca.crt': 'x' });
      },
    );
    await report.check(`helm --server-side=${serverSide}: uninstalled, nothing is left`, async () => {
      await helm('uninstall', 'edge', ...flags);
      assert.deepEqual(await leftOf(cluster, objects.values()), []);
    });
  }
}

interface Asked {
  /** Whose ConfigMap it has. */
  readonly namespace: string;
  readonly podIps: readonly string[];
  readonly child: Child;
}

/** A sidecar by the ConfigMap and the name that `inject` gives it is answered by the hub. */
async function proveSidecar(rig: Rig, folder: string, { namespace, podIps, child }: Asked): Promise<void> {
  const { cluster, report } = rig;
  const caFile = join(folder, 'hub-ca.crt');
  await writeFile(caFile, await caIn(cluster, namespace));
  const args = [
    `--hub=${podIps.map((podIp) => `https://${podIp}:17480`).join(',')}`,
    `--hub-ca=${caFile}`,
    `--hub-server-name=${NAME}.${NAME}.svc`,
  ];
  await withProxy(
    rig,
    async (proxy) => {
      await report.check(
        `a sidecar trusts ${podIps.join(', ')} by ConfigMap and name, and is answered (I15)`,
        async () => {
          const client = new ApiClient(proxy.endpoint('watcher'));
          try {
            // The first one begins the feed, and may be too early for it.
            await until('the hub answers', READY_WITHIN_MS, child, async () => {
              assert.equal((await client.get(NODES)).status, 200);
              const scrape = await proxy.scrape();
              return scrape.sum('watchsieve_upstream_selected_total', { target: 'hub' }) > 0;
            });
          } finally {
            await client.close();
          }
        },
      );
    },
    { args },
  );
}

/** A Pod that `inject` leads to a hub alone: taken by the API server, and its files lead an informer and kubectl there. */
async function proveAlone(rig: Rig, folder: string, { namespace, podIps, child }: Asked): Promise<void> {
  const { cluster, report, program, assets } = rig;
  const [podIp = ''] = podIps;
  let kubeconfig = '';
  let pod: unknown;
  await report.check(
    'a Pod is led to the hub without a sidecar, and the API server takes it (R44)',
    async () => {
      const manifest = join(folder, 'watcher.yaml');
      const spec = { containers: [{ name: 'client', image: 'example.org/client:1' }] };
      await writeFile(
        manifest,
        stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'watcher', namespace }, spec }),
      );
      const flags = ['--variant', 'hub-alone', '--hub', `https://${podIp}:17480`, '--name', 'watcher'];
      const injected = await run({
        command: process.execPath,
        args: [program, 'inject', ...flags, manifest],
      });
      const pods = `/api/v1/namespaces/${namespace}/pods?fieldValidation=Strict`;
      pod = await cluster.admin.send('POST', pods, parse(injected));
      const mounted = await mountVolume(cluster, pod, 'watchsieve');
      kubeconfig = join(mounted, 'kubeconfig');
      const text = await readFile(kubeconfig, 'utf8');
      // Of what is mounted only the places differ from those in a container.
      const there = text
        .replaceAll('/run/watchsieve', mounted)
        .replace('/var/run/secrets/kubernetes.io/serviceaccount/token', cluster.tokenFile('watcher'));
      await writeFile(kubeconfig, there);
    },
  );
  await report.check(
    'an informer is led there by the files of its volume, and served from memory',
    async () => {
      const answered = async () =>
        (await scrapeOf(podIp)).sum('watchsieve_hub_requests_total', { result: 'list' });
      const before = await answered();
      // The first one begins the feed, and may be too early for it.
      await until('the hub answers from memory', READY_WITHIN_MS, child, async () => {
        const informer = new Informer({
          ...{
            program: assets.informer,
            kubeconfig,
            mode: 'list-watch',
            encoding: 'json',
            way: 'a hub alone',
          },
        });
        try {
          await informer.synced();
          assert.ok((await informer.state()).nodes.size > 0);
        } finally {
          await informer.stop();
        }
        return (await answered()) > before;
      });
    },
  );
  await report.check(
    'kubectl asks through the hub what it does not share, with its own rights (I10)',
    async () => {
      const kubectl = (...args: readonly string[]) =>
        run({ command: assets.kubectl, args: [`--kubeconfig=${kubeconfig}`, ...args] });
      assert.match(await kubectl('get', 'nodes'), /^NAME /);
      await assert.rejects(kubectl('get', 'secrets'), /Forbidden/);
    },
  );
  await proveAdmission(rig, { namespace, podIp, pod });
}

/** @param pod as `inject` has made it */
async function proveAdmission(
  rig: Rig,
  { namespace, podIp, pod }: { readonly namespace: string; readonly podIp: string; readonly pod: unknown },
): Promise<void> {
  const { cluster, report } = rig;
  const labels = { 'watchsieve.dev/injection': 'enabled' };
  await cluster.admin.send('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels } });
  const given = { ...rig, ...(await grant(cluster)), namespace };
  const flags = ['--container', 'client', '--hub', `https://${podIp}:17480`];
  try {
    await withWebhook(given, flags, () =>
      report.check(
        'the webhook makes the same of a Pod that asks for it, without a warning (R44)',
        async () => {
          const annotations = { ...ASKED, 'watchsieve.dev/variant': 'hub-alone' };
          const asked = { metadata: { annotations }, spec: PLAIN };
          const made = await makePod(cluster.admin, namespace, asked, '?dryRun=All');
          assert.deepEqual([made.status, made.warnings], [201, '']);
          const kubeconfig = ['metadata', 'annotations', 'watchsieve.dev/kubeconfig'];
          assert.equal(textAt(made.pod, ...kubeconfig), textAt(pod, ...kubeconfig));
          assert.deepEqual(valueAt(made.pod, 'spec'), valueAt(pod, 'spec'));
        },
      ),
    );
  } finally {
    await cluster.admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  }
}

function isReady({ podIp, child }: Replica): Promise<void> {
  return until(`the hub at ${podIp} is ready`, READY_WITHIN_MS, child, async () => {
    return (await fetch(`http://${podIp}:17482/readyz`)).ok;
  });
}

async function start({ cluster, program }: Rig, folder: string, podIp: string): Promise<Replica> {
  const [container] = listAt(
    await cluster.admin.getJson(DEPLOYMENT),
    'spec',
    'template',
    'spec',
    'containers',
  );
  const mounted = join(folder, `certificate-${podIp}`);
  await mkdir(mounted, { recursive: true });
  // Where none is mounted, its arguments name none.
  const secret = await cluster.admin.getJson(`/api/v1/namespaces/${NAME}/secrets/watchsieve-hub-tls`);
  for (const [file, data] of entriesAt(secret, 'data'))
    await writeFile(join(mounted, file), Buffer.from(String(data), 'base64'), { mode: 0o600 });
  const args = listAt(container, 'args').map((arg) =>
    String(arg)
      .replaceAll('$(POD_IP)', podIp)
      .replaceAll('$(NAMESPACE)', NAME)
      .replace('/etc/watchsieve-hub', mounted),
  );
  const kubeconfig = join(folder, `${podIp}.kubeconfig`);
  const there = {
    server: cluster.server,
    'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
  };
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': NAME,
      contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
      clusters: [{ name: NAME, cluster: there }],
      users: [{ name: NAME, user: { token: await tokenOf(cluster, NAME) } }],
    }),
    { mode: 0o600 },
  );
  const own = [
    `--kubeconfig=${kubeconfig}`,
    `--state-dir=${join(folder, podIp)}`,
    '--admin-listen=127.0.0.1:0',
  ];
  const child = new Child({
    name: `hub ${podIp}`,
    command: process.execPath,
    args: [program, ...args, ...own],
  });
  return { podIp, child };
}

async function scrapeOf(podIp: string): Promise<Scrape> {
  return new Scrape(await (await fetch(`http://${podIp}:17482/metrics`)).text());
}

/** @returns the status of a LIST by a caller who may, verified by the CA that sidecars have. */
async function listedAt(cluster: Cluster, podIp: string, namespace: string = SIDECARS[0]): Promise<number> {
  const client = new ApiClient({
    ...cluster.endpoint('watcher'),
    ca: await caIn(cluster, namespace),
    server: `https://${podIp}:17480`,
    servername: `${NAME}.${NAME}.svc`,
  });
  try {
    return (await client.get(NODES)).status;
  } finally {
    await client.close();
  }
}
