/** Where the webhook's manifests and its chart are, and what they call what they make. */

import { join } from 'node:path';

import type { Command } from '../helm.ts';

export const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
export const NAMESPACE = 'watchsieve-system';
/** Of every object, and of the release that is called so. */
export const NAME = 'watchsieve-webhook';
/** In the folder that holds a copy of manifests/, with an image. */
export const chartIn = ({ folder }: Pick<Tools, 'folder'>, name = NAME) =>
  join(folder, 'manifests', 'chart', name);
export const SECRET = `${NAME}-ca`;
export const WEBHOOK = 'inject.watchsieve.dev';
export const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

/** The programs of the scenario, and where they write. */
export interface Tools {
  readonly helm: Command;
  readonly kubectl: Command;
  /** Path of the program. */
  readonly kubectlProgram: string;
  readonly kubeconfig: string;
  readonly folder: string;
}
