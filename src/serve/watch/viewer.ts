/**
 * Whose view of the objects a watch or a list has. The API server of a cluster lets one list and watch all Nodes or none, and
 * shows everybody the same. What stands at a kubeconfig's server may be a proxy that shows each caller a part.
 */
import { createHash } from 'node:crypto';

/** A digest that is equal where the view is. @param headers of the request, flat, as they came */
export type Viewer = (headers: readonly string[]) => string;

/** @param isCluster whether upstream is known to be the API server itself */
export function viewerOf(isCluster: boolean): Viewer {
  return (headers) => {
    const telling: string[] = [];
    let isImpersonated = false;
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at]?.toLowerCase() ?? '';
      const isImpersonation = name.startsWith('impersonate-');
      isImpersonated ||= isImpersonation;
      if (isImpersonation || CREDENTIALS.has(name)) telling.push(name, headers[at + 1] ?? '');
    }
    return isCluster && !isImpersonated
      ? ''
      : createHash('sha256').update(JSON.stringify(telling)).digest('base64');
  };
}

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);
