/** Rows of the commands that look at a cluster: which resource, and by which kubeconfig. */
import { matching, name, path } from './kinds.ts';
import { flagRow, optional, type Setting } from './setting.ts';

export const RESOURCE_NAME = matching('name', 'the name of a resource', /^[a-z0-9][a-z0-9.-]{0,252}$/i);
const NAMESPACE_NAME = { ...RESOURCE_NAME, allowed: 'the name of a namespace' };

export function namespaceRow(group: string): Setting<string | undefined> {
  return optional(flagRow(group, 'namespace', 'One namespace; without it all of them.'), NAMESPACE_NAME);
}

export function kubeconfigRow(group: string): Setting<string | undefined> {
  const help =
    'Without it KUBECONFIG, which may name several, or else ~/.kube/config; in a Pod its own credentials.';
  return optional(flagRow(group, 'kubeconfig', help), path);
}

export function contextRow(group: string): Setting<string | undefined> {
  return optional(
    flagRow(group, 'context', 'Context of the kubeconfig; without it its current-context.'),
    name,
  );
}
