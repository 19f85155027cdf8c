/** The upstream's process, and the files by which others reach and verify it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import {
  createCertificateAuthority,
  issueServingCertificate,
} from '../../src/platform/identity/certificates.ts';
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';

const START_TIMEOUT_MS = 60_000;
const UPSTREAM = fileURLToPath(new URL('upstream.ts', import.meta.url));

/** A process that answers on loopback. */
export interface Server {
  readonly child: Child;
  readonly port: number;
  /** The CA that its clients verify it by. */
  readonly caFile: string;
}

export interface UpstreamServer extends Server {
  /** Names it, without credentials. */
  readonly kubeconfig: string;
  /** A serving certificate for 127.0.0.1 and localhost under the same CA, for proxies that make none. */
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Starts an upstream, with a certificate of its own and a kubeconfig in `folder`.
 *
 * @param program of what kind, as `upstream.ts` beside this file
 * @param args of the program, after certificate and key
 */
export async function startUpstream(
  folder: string,
  program = UPSTREAM,
  args: readonly string[] = [],
): Promise<UpstreamServer> {
  const now = new Date();
  const ca = await createCertificateAuthority({ now, commonName: 'bench' });
  const { certPem, keyPem } = await issueServingCertificate(ca, { hosts: ['127.0.0.1', 'localhost'], now });
  const caFile = join(folder, 'ca.crt');
  const certFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  await writeFile(caFile, ca.certPem);
  await writeFile(certFile, certPem);
  await writeFile(keyFile, keyPem);
  const child = new Child({
    name: 'bench upstream',
    command: process.execPath,
    // It holds the Nodes of the largest row in both encodings, and their lists.
    args: ['--max-old-space-size=4096', program, certFile, keyFile, ...args],
  });
  const line = await child.stdout.waitFor('port', (text) => text.includes('"port"'), START_TIMEOUT_MS);
  const port = numberAt(parseJson(line), 'port');
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { port, caFile });
  return { child, port, caFile, kubeconfig, certFile, keyFile };
}

/** A kubeconfig, without credentials unless there is a token. */
export async function writeKubeconfig(
  file: string,
  { port, caFile }: Pick<Server, 'port' | 'caFile'>,
  token?: string,
): Promise<void> {
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': caFile };
  await writeFile(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bench', cluster }],
      users: token === undefined ? [] : [{ name: 'bench', user: { token } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: token === undefined ? '' : 'bench' } }],
      'current-context': 'bench',
    }),
  );
}
