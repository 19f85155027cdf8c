/** Rows of the commands that look at a cluster: which resource, and by which kubeconfig. */
import { matching, name, path } from './kinds.ts';
import { type Setting, setting } from './setting.ts';

export const RESOURCE_NAME = matching('name', 'the name of a resource', /^[a-z0-9][a-z0-9.-]{0,252}$/i);
const NAMESPACE_NAME = { ...RESOURCE_NAME, allowed: 'the name of a namespace' };

export function namespaceRow(group: string): Setting<string | undefined> {
  return setting(group, 'namespace', NAMESPACE_NAME, { help: 'One namespace; without it all of them.' });
}

export function kubeconfigRow(group: string): Setting<string | undefined> {
  const help =
    'Without it KUBECONFIG, which may name several, or else ~/.kube/config; in a Pod its own credentials.';
  return setting(group, 'kubeconfig', path, { help });
}

export function contextRow(group: string): Setting<string | undefined> {
  return setting(group, 'context', name, {
    help: 'Context of the kubeconfig; without it its current-context.',
  });
}
