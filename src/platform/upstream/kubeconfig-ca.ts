/**
 * The CA of a kubeconfig's cluster, in a file or in the kubeconfig itself, as it is now: whoever rotates it tells nobody
 * (R25). Owns what was last read of the kubeconfig.
 */
import { stat } from 'node:fs/promises';
import type { Cluster } from '@kubernetes/client-node';
import { given } from './given-field.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import { readCaFile } from './target.ts';

export class KubeconfigCa {
  readonly #files: readonly string[];
  readonly #server: string;
  readonly #reread: () => Promise<Cluster>;
  #source: () => Promise<string | undefined>;
  #version: string | undefined;

  /**
   * @param reread - the cluster, as the files have it now; rejects where they cannot be read
   * @throws Error where the data is no certificate
   */
  constructor(files: KubeconfigFiles, cluster: Cluster, reread: () => Promise<Cluster>) {
    this.#files = typeof files === 'string' ? [files] : files;
    this.#server = cluster.server;
    this.#reread = reread;
    this.#source = sourceOf(cluster);
  }

  /** See UpstreamTarget. */
  async read(): Promise<string | undefined> {
    const version = (await Promise.all(this.#files.map(versionOf))).join();
    if (version !== this.#version) await this.#renew(version);
    return this.#source();
  }

  /** What cannot be read, half written as it may be, changes nothing; it is looked at again once it has changed again. */
  async #renew(version: string): Promise<void> {
    this.#version = version;
    try {
      const cluster = await this.#reread();
      // Another server is one for the next start, and so is its CA.
      if (cluster.server === this.#server) this.#source = sourceOf(cluster);
    } catch {
      // The CA that was valid until now is as good as before.
    }
  }
}

/** Another text after each write. */
async function versionOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return '';
  }
}

function sourceOf(cluster: Cluster): () => Promise<string | undefined> {
  const [caData, caFile] = [given(cluster.caData), given(cluster.caFile)];
  // client-go prefers the data when both are given (clientcmd: rest.TLSClientConfig, dataFromSliceOrFile).
  if (caData !== undefined) {
    const pem = Buffer.from(caData, 'base64').toString('utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
      throw new Error(`cluster ${cluster.name}: certificate-authority-data is not a base64 PEM certificate`);
    }
    return () => Promise.resolve(pem);
  }
  if (caFile !== undefined) return () => readCaFile(caFile);
  return () => Promise.resolve(undefined);
}
