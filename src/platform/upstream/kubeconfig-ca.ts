/**
 * The CA of a kubeconfig's cluster, from a file or from the kubeconfig. It is read again at each use, because no event
 * reports its rotation (R25).
 */
import type { Cluster } from '@kubernetes/client-node';
import { given } from './given-field.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import { Reread } from './reread.ts';
import { readCaFile, type UpstreamTarget } from './target.ts';

/**
 * @param reread - returns the cluster as the files have it now; rejects if they cannot be read
 * @throws Error if the data is not a certificate
 */
export function kubeconfigCa(
  files: KubeconfigFiles,
  cluster: Cluster,
  reread: () => Promise<Cluster>,
): UpstreamTarget['readCa'] {
  const source = new Reread(files, sourceOf(cluster), async () => {
    const now = await reread();
    // Another server, and with it its CA, is used only from the next start on.
    if (now.server !== cluster.server) throw new Error('another server');
    return sourceOf(now);
  });
  return async () => (await source.read())();
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
