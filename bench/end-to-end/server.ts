/** The server processes of the benches: the upstream, and the built program before it. */
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueServingCertificate } from '../../src/identity/certificates.ts';
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson, textAt } from '../../test/support/json-value.ts';

const START_TIMEOUT_MS = 20_000;
const UPSTREAM = fileURLToPath(new URL('upstream.ts', import.meta.url));

/** A process that answers watches on loopback. */
export interface Server {
  readonly child: Child;
  readonly port: number;
  /** The CA that its clients verify it by. */
  readonly caFile: string;
}

export interface UpstreamServer extends Server {
  /** Names it, without credentials. */
  readonly kubeconfig: string;
}

export interface ProxyServer extends Server {
  /** From the start of the process until /readyz said 200. */
  readonly startMs: number;
}

/** Starts the upstream, with a certificate of its own and a kubeconfig in `folder`. */
export async function startUpstream(folder: string): Promise<UpstreamServer> {
  const now = new Date();
  const ca = await createCertificateAuthority({ now, commonName: 'bench' });
  const { certPem, keyPem } = await issueServingCertificate(ca, { hosts: ['127.0.0.1'], now });
  const file = (name: string): string => join(folder, name);
  const caFile = file('upstream-ca.crt');
  await writeFile(caFile, ca.certPem);
  await writeFile(file('upstream.crt'), certPem);
  await writeFile(file('upstream.key'), keyPem);
  const child = new Child({
    name: 'bench upstream',
    command: process.execPath,
    args: [UPSTREAM, file('upstream.crt'), file('upstream.key')],
  });
  const line = await child.stdout.waitFor('port', (text) => text.includes('"port"'), START_TIMEOUT_MS);
  const port = numberAt(parseJson(line), 'port');
  const kubeconfig = file('kubeconfig');
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'bench', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': caFile } },
      ],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: '' } }],
      'current-context': 'bench',
    }),
  );
  return { child, port, caFile, kubeconfig };
}

/** Starts the built program before an upstream; with an empty `stateDir` it makes its certificates first. */
export async function startProxy(
  program: string,
  upstream: UpstreamServer,
  stateDir: string,
): Promise<ProxyServer> {
  const startedAt = performance.now();
  const child = new Child({
    name: 'watchsieve',
    command: process.execPath,
    args: [
      program,
      'serve',
      `--kubeconfig=${upstream.kubeconfig}`,
      '--listen=127.0.0.1:0',
      '--admin-listen=127.0.0.1:0',
      `--state-dir=${stateDir}`,
      '--preset=metallb',
      '--log-format=json',
    ],
  });
  try {
    const line = async (message: string): Promise<unknown> =>
      parseJson(
        await child.stdout.waitFor(message, (text) => text.includes(`"msg":"${message}"`), START_TIMEOUT_MS),
      );
    const admin = textAt(await line('admin listening'), 'address');
    await line('ready');
    const status = await statusOf(`http://${admin}/readyz`);
    const startMs = performance.now() - startedAt;
    if (status !== 200) throw new Error(`/readyz answered ${status} after the proxy called itself ready`);
    const port = numberAt(await line('serving'), 'listen', 'port');
    return { child, port, caFile: join(stateDir, 'ca.crt'), startMs };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

function statusOf(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(url, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  }).once('error', reject);
  return promise;
}
