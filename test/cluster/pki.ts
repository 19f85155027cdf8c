/** Keys, certificates and tokens of a cluster whose data is thrown away. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { runToEnd } from '../support/child.ts';
import { NODE_IP } from './cage.ts';

const TOKENS = `admin-token,admin,admin,"system:masters"
manager-token,system:kube-controller-manager,manager
scheduler-token,system:kube-scheduler,scheduler
node-token,system:node:node1,node1,"system:nodes"
`;
export const USERS = ['admin', 'manager', 'scheduler', 'node'] as const;
export type User = (typeof USERS)[number];
/** Of its own network: no other program of this machine can have it. */
export const API_PORT = 6443;

/** @returns by name the files that were made in `folder`. */
export async function makePki(folder: string): Promise<(name: string) => string> {
  const file = (name: string) => join(folder, name);
  const days = ['-days', '30'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    ...days,
    '-subj',
    '/CN=ca',
  );
  const issue = async (name: string, subject: string, extension: string) => {
    await writeFile(file(`${name}.ext`), extension);
    await openssl(
      'req',
      ...key,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
      '-subj',
      subject,
    );
    const by = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    const what = ['-in', file(`${name}.csr`), '-out', file(`${name}.crt`), '-extfile', file(`${name}.ext`)];
    await openssl('x509', '-req', ...what, ...by, ...days);
  };
  const names = ['IP:127.0.0.1', 'IP:10.96.0.1', `IP:${NODE_IP}`, 'DNS:kubernetes.default.svc'];
  await issue('api', '/CN=kube-apiserver', `subjectAltName=${names.join(',')}`);
  await issue('node1', '/CN=node1', `subjectAltName=IP:${NODE_IP},DNS:node1`);
  await issue('kubelet-client', '/O=system:masters/CN=kube-apiserver', 'extendedKeyUsage=clientAuth');
  await openssl('genrsa', '-out', file('sa.key'), '2048');
  await writeFile(file('tokens.csv'), TOKENS);
  for (const user of USERS) await writeFile(file(`${user}.kubeconfig`), kubeconfigOf(user, file('ca.crt')));
  return file;
}

function kubeconfigOf(user: User, ca: string): string {
  const server = `https://${NODE_IP}:${API_PORT}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cluster',
    clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: user, user: { token: `${user}-token` } }],
    contexts: [{ name: 'cluster', context: { cluster: 'cluster', user } }],
  });
}

async function openssl(...args: readonly string[]): Promise<void> {
  const name = `openssl ${args[0]}`;
  const { code, stderr } = await runToEnd({ name, command: 'openssl', args, timeoutMs: 30_000 });
  if (code !== 0) throw new Error(`${name}: ${code}\n${stderr}`);
}
