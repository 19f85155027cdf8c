/**
 * `watchsieve webhook` as a process on loopback, registered by url, with the token of a service account that has
 * exactly the rights that it needs. Also stand-ins for webhooks of others.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { makeCertificates } from '../support/certificates.ts';
import { Child } from '../support/child.ts';
import { parseJson, textAt, valueAt } from '../support/json-value.ts';
import { ApiClient, type Answer } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

export const SYSTEM = 'webhook-e2e-system';
export const SECRET = 'watchsieve-webhook-ca';
export const CONFIGURATION = 'watchsieve-webhook-e2e';
export const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
export const SECRETS = `/api/v1/namespaces/${SYSTEM}/secrets`;
const ACCOUNT = 'watchsieve-webhook';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const START_TIMEOUT_MS = 20_000;

/** Namespace, service account and rights. @returns a kubeconfig with the account's token, and the token. */
export async function grant(
  cluster: Cluster,
): Promise<{ readonly kubeconfig: string; readonly token: string }> {
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: SYSTEM }];
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: CONFIGURATION });
  const metadata = { name: CONFIGURATION };
  await make(cluster, '/api/v1/namespaces', { metadata: { name: SYSTEM } });
  const accounts = `/api/v1/namespaces/${SYSTEM}/serviceaccounts`;
  await make(cluster, accounts, { metadata: { name: ACCOUNT } });
  const inNamespace = `${RBAC}/namespaces/${SYSTEM}`;
  await make(cluster, `${inNamespace}/roles`, {
    metadata,
    rules: [
      { apiGroups: [''], resources: ['secrets'], resourceNames: [SECRET], verbs: ['get', 'update'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ],
  });
  await make(cluster, `${inNamespace}/rolebindings`, { metadata, subjects, roleRef: roleRef('Role') });
  const resource = {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations'],
    resourceNames: [CONFIGURATION],
  };
  await make(cluster, `${RBAC}/clusterroles`, {
    metadata,
    rules: [
      { ...resource, verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['limitranges', 'resourcequotas'], verbs: ['list'] },
    ],
  });
  await make(cluster, `${RBAC}/clusterrolebindings`, {
    metadata,
    subjects,
    roleRef: roleRef('ClusterRole'),
  });
  const answer = await cluster.admin.send('POST', `${accounts}/${ACCOUNT}/token`, { spec: {} });
  const token = textAt(answer, 'status', 'token');
  return { kubeconfig: await writeKubeconfig(cluster, token), token };
}

/** Unless another scenario has made it. */
async function make({ admin }: Cluster, path: string, object: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await admin.request('POST', path, { headers, body: JSON.stringify(object) });
  assert.ok(status === 201 || status === 409, `${path}: ${body.toString()}`);
}

async function writeKubeconfig({ folder, server, ca }: Cluster, token: string): Promise<string> {
  const file = join(folder, 'webhook.kubeconfig');
  const data = Buffer.from(ca).toString('base64');
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'e2e',
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'e2e', user: { token } }],
  });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** A configuration as the manifests have it, but for its url. Without a CA the webhook puts its own there. */
export function configurationOf(
  name: string,
  webhook: { url: string; caBundle?: string; name?: string },
): object {
  const { url, caBundle, name: webhookName = 'inject.watchsieve.dev' } = webhook;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: webhookName,
        admissionReviewVersions: ['v1'],
        clientConfig: { url, ...(caBundle === undefined ? {} : { caBundle }) },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['pods'],
            scope: 'Namespaced',
          },
        ],
        failurePolicy: 'Ignore',
        timeoutSeconds: 3,
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        reinvocationPolicy: 'IfNeeded',
        namespaceSelector: {
          matchLabels: { 'watchsieve.dev/injection': 'enabled' },
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', SYSTEM] },
          ],
        },
      },
    ],
  };
}

/** The PEM that the configuration has now; empty where it has none. */
export async function readBundle(cluster: Cluster): Promise<string> {
  const configuration = await cluster.admin.getJson(`${CONFIGURATIONS}/${CONFIGURATION}`);
  const text = valueAt(configuration, 'webhooks', 0, 'clientConfig', 'caBundle');
  return typeof text === 'string' ? Buffer.from(text, 'base64').toString() : '';
}

export class Webhook {
  readonly port: number;
  readonly child: Child;
  readonly #health: string;

  private constructor(child: Child) {
    this.child = child;
    this.port = portOf(child, 'serving', 'listen');
    this.#health = `http://127.0.0.1:${portOf(child, 'started', 'healthListen')}`;
  }

  /** Resolves when it listens; ready it is only with its configuration. */
  static async start(program: string, kubeconfig: string, ...flags: readonly string[]): Promise<Webhook> {
    const where = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];
    const hosts = ['--host', '127.0.0.1', '--host', 'localhost', '--image', 'example.org/watchsieve:e2e'];
    const objects = ['--secret', `${SYSTEM}/${SECRET}`, '--configuration', CONFIGURATION];
    const args = [program, 'webhook', ...where, ...hosts, ...objects, '--kubeconfig', kubeconfig, ...flags];
    const child = new Child({ name: 'watchsieve webhook', command: process.execPath, args });
    try {
      await until('the webhook listens', START_TIMEOUT_MS, child, () =>
        Promise.resolve(child.stdout.lines.some((line) => line.includes('"msg":"serving"'))),
      );
      return new Webhook(child);
    } catch (error) {
      child.signal('SIGKILL');
      await child.exited;
      throw error;
    }
  }

  url(host = '127.0.0.1'): string {
    return `https://${host}:${this.port}/mutate`;
  }

  ready(): Promise<void> {
    return until('the webhook is ready', START_TIMEOUT_MS, this.child, async () => {
      return (await fetch(`${this.#health}/readyz`)).status === 200;
    });
  }

  /** The value of `watchsieve_webhook_reviews_total` for `result`. */
  async reviews(result: string): Promise<number> {
    const text = await (await fetch(`${this.#health}/metrics`)).text();
    const found = new RegExp(`^watchsieve_webhook_reviews_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(
      text,
    );
    assert.ok(found !== null, text);
    return Number(found[1]);
  }

  /** To the port itself, verified by `ca`. */
  async post(ca: string, body: string | Buffer, type = 'application/json'): Promise<Answer> {
    const client = new ApiClient({ server: `https://127.0.0.1:${this.port}`, ca, token: '' });
    try {
      return await client.request('POST', '/mutate', { body, headers: { 'content-type': type } });
    } finally {
      await client.close();
    }
  }

  output(): string {
    return [...this.child.stdout.lines, ...this.child.stderr.lines].join('\n');
  }
}

function portOf(child: Child, msg: string, field: string): number {
  const line = child.stdout.lines.find((each) => each.includes(`"msg":"${msg}"`));
  return Number(valueAt(parseJson(line ?? '{}'), field, 'port'));
}

/** A webhook of somebody else: `answer` gives a JSON Patch, or nothing ever. */
export class OtherWebhook {
  readonly url: string;
  /** Base64. */
  readonly caBundle: string;
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.url = `https://127.0.0.1:${addressOf(server).port}/`;
    this.caBundle = Buffer.from(ca).toString('base64');
  }

  static async start(answer: (pod: unknown) => readonly object[] | 'never'): Promise<OtherWebhook> {
    const { ca, tls } = await makeCertificates(['127.0.0.1']);
    const server = createServer(tls, (req, res) => {
      req.toArray().then((chunks: readonly Buffer[]) => {
        const request = valueAt(parseJson(Buffer.concat(chunks).toString()), 'request');
        const patch = answer(valueAt(request, 'object'));
        if (patch === 'never') return;
        const response = {
          uid: valueAt(request, 'uid'),
          allowed: true,
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
        };
        const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(review));
      }, assert.ifError);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OtherWebhook(server, ca);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address;
}
