/**
 * The program as the Deployment starts it: with its arguments and environment, and with the rights that the manifests
 * give to its service account and no other. Two replicas, each at a loopback address that stands for its Pod's.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'undici';
import { stringify } from 'yaml';

import { Child } from '../../support/child.ts';
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { IMAGE } from '../../support/named-manifests.ts';
import type { Cluster } from '../cluster.ts';
import type { Report } from '../report.ts';
import { until } from '../until.ts';
import { NAME, NAMESPACE, SECRET } from './place.ts';
import { bundleIn, tokenOf } from './rights.ts';

const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;
const READY_WITHIN_MS = 20_000;
/** All of 127/8 is this machine, and the Deployment's ports are fixed. */
const POD_IPS = ['127.83.1.1', '127.83.1.2'] as const;
const HOST = `${NAME}.${NAMESPACE}.svc`;

interface Running {
  readonly podIp: string;
  readonly child: Child;
}

/** Starts it twice and ends it again. @param program - the built one. */
export async function proveProgram(report: Report, cluster: Cluster, program: string): Promise<void> {
  const replicas: Running[] = [];
  try {
    await report.check(
      'the program starts as the Deployment says, twice, and both get ready (R44)',
      async () => {
        for (const podIp of POD_IPS) replicas.push(await start(cluster, program, podIp));
        await Promise.all(replicas.map(isReady));
      },
    );
    await report.check(
      'the API server can verify both by the one caBundle, and a Pod gets the image of the values',
      async () => {
        const bundle = await bundleIn(cluster);
        assert.ok(typeof bundle === 'string');
        const ca = Buffer.from(bundle, 'base64').toString();
        const secret = await cluster.admin.getJson(`/api/v1/namespaces/${NAMESPACE}/secrets/${SECRET}`);
        assert.equal(Buffer.from(textAt(secret, 'data', 'ca.crt'), 'base64').toString(), ca);
        for (const { podIp } of replicas) assert.deepEqual(await injectedBy(podIp, ca), [IMAGE]);
      },
    );
  } finally {
    await report.check('both end when they are told to', async () => {
      const codes = await Promise.all(replicas.map(({ child }) => child.stop(15_000)));
      assert.deepEqual(codes, [0, 0], replicas.map(({ child }) => child.stdout.lines.join('\n')).join('\n'));
    });
  }
}

async function start(cluster: Cluster, program: string, podIp: string): Promise<Running> {
  const deployment = await cluster.admin.getJson(DEPLOYMENT);
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const fields: Readonly<Record<string, string>> = { 'status.podIP': podIp, 'metadata.namespace': NAMESPACE };
  const env = new Map(
    listAt(container, 'env').map((variable) => {
      const field = valueAt(variable, 'valueFrom', 'fieldRef', 'fieldPath');
      const value = typeof field === 'string' ? fields[field] : textAt(variable, 'value');
      return [textAt(variable, 'name'), value ?? assert.fail(String(field))] as const;
    }),
  );
  // As the kubelet puts variables into arguments.
  const args = listAt(container, 'args').map((arg) =>
    String(arg).replaceAll(/\$\((\w+)\)/g, (_, name: string) => env.get(name) ?? assert.fail(name)),
  );
  const kubeconfig = await kubeconfigOf(cluster, podIp);
  const command = [program, ...args, `--kubeconfig=${kubeconfig}`, '--drain-delay=0s'];
  return { podIp, child: new Child({ name: `webhook ${podIp}`, command: process.execPath, args: command }) };
}

/** Leads to the API server as the service account. */
async function kubeconfigOf(cluster: Cluster, podIp: string): Promise<string> {
  const file = join(cluster.folder, `webhook-${podIp}.kubeconfig`);
  const { server, ca } = cluster;
  const certificate = Buffer.from(ca).toString('base64');
  const name = 'e2e';
  await writeFile(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster: { server, 'certificate-authority-data': certificate } }],
      users: [{ name, user: { token: await tokenOf(cluster) } }],
    }),
    { mode: 0o600 },
  );
  return file;
}

function isReady({ podIp, child }: Running): Promise<void> {
  const probe = async () => (await fetch(`http://${podIp}:18080/readyz`)).ok;
  return until(`the webhook at ${podIp} is ready`, READY_WITHIN_MS, child, probe);
}

/** Images of the init containers that it adds to a Pod which asks for it. */
async function injectedBy(podIp: string, ca: string): Promise<readonly string[]> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', annotations: { 'watchsieve.dev/inject': 'true' } },
    spec: { containers: [{ name: 'main', image: 'main' }] },
  };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const request = { uid: 'u', kind, operation: 'CREATE', namespace: 'metallb-system', object: pod };
  const client = new Client(`https://${podIp}:18443`, { connect: { ca, servername: HOST } });
  try {
    const answer = await client.request({
      method: 'POST',
      path: '/mutate?timeout=3s',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }),
    });
    const review = parseJson(await answer.body.text());
    const patch = parseJson(Buffer.from(textAt(review, 'response', 'patch'), 'base64').toString());
    return [...JSON.stringify(patch).matchAll(/"image":"([^"]+)"/g)].map(([, image = '']) => image);
  } finally {
    await client.close();
  }
}
