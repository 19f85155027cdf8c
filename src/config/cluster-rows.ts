/** Rows of the commands that look at a cluster: which resource, and by which kubeconfig. */
import { matching, name, path } from './kinds.ts';
import { type Setting, setting } from './setting.ts';

export const RESOURCE_NAME = matching('name', 'the name of a resource', /^[a-z0-9][a-z0-9.-]{0,252}$/i);
const NAMESPACE_NAME = { ...RESOURCE_NAME, allowed: 'the name of a namespace' };

export function namespaceRow(group: string): Setting<string | undefined> {
  return setting(group, 'namespace', NAMESPACE_NAME, {
    help: 'Only this namespace; by default all namespaces.',
  });
}

export function kubeconfigRow(group: string): Setting<string | undefined> {
  const help =
    'Default: the files in KUBECONFIG, or else ~/.kube/config; in a Pod, the credentials of the Pod.';
  return setting(group, 'kubeconfig', path, { help });
}

export function contextRow(group: string): Setting<string | undefined> {
  return setting(group, 'context', name, {
    help: 'Context of the kubeconfig; by default its current-context.',
  });
}
