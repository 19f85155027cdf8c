/** Who applies MetalLB later: from manifests of their own, in which there is no sidecar. */

import { FLUX, takeOver } from '../flux.ts';
import type { Helm, Tools } from './tools.ts';
import type { Version } from './speaker.ts';
import { PATH } from './speaker.ts';

export interface Owner {
  /** Its column. */
  readonly title: string;
  /** Which Helm it is, if one. */
  readonly helm?: string;
  /** Installs the first version, as the one that owns MetalLB from the beginning. */
  readonly first: () => Promise<unknown>;
  /** Brings its own state, which takes the place of whatever others applied. */
  readonly later: () => Promise<unknown>;
  /** The same where that is refused because of others' fields. */
  readonly forced: () => Promise<unknown>;
}

const FORCE = '--force-conflicts';

/** @param isHelms - whether MetalLB is a release of Helm already, if Helm comes. */
export function ownersOf(tools: Tools, helms: readonly Helm[], isHelms: boolean): readonly Owner[] {
  return [
    clientSide(tools),
    serverSide(tools, 'server-side apply', 'platform', []),
    flux(tools),
    serverSide(tools, 'Argo CD', 'argocd-controller', [FORCE]),
    ...helms.map((helm) => upgrade(helm, isHelms)),
    ...helms.map((helm) => rollback(helm, isHelms)),
  ];
}

function applied(
  { kubectl, speaker }: Tools,
  version: Version,
  ...flags: readonly string[]
): Promise<string> {
  return kubectl('apply', ...flags, '-f', speaker.file('plain', version));
}

function clientSide(tools: Tools): Owner {
  const later = () => applied(tools, 1);
  return { title: 'kubectl apply', first: () => applied(tools, 0), later, forced: later };
}

function serverSide(tools: Tools, title: string, manager: string, more: readonly string[]): Owner {
  const flags = ['--server-side', `--field-manager=${manager}`, ...more];
  return {
    title,
    first: () => applied(tools, 0, ...flags),
    later: () => applied(tools, 1, ...flags),
    forced: () => applied(tools, 1, ...flags, FORCE),
  };
}

function flux(tools: Tools): Owner {
  const reconcile = async (version: Version) => {
    await takeOver(tools.rig.cluster, PATH);
    return applied(tools, version, '--server-side', `--field-manager=${FLUX}`, FORCE);
  };
  const later = () => reconcile(1);
  return { title: 'Flux', first: () => reconcile(0), later, forced: later };
}

function upgrade(helm: Helm, isHelms: boolean): Owner {
  const taking = isHelms ? [] : ['--take-ownership'];
  return {
    ...{ title: 'helm upgrade', helm: helm.title },
    first: () => helm.upgrade(0),
    later: () => helm.upgrade(1, ...taking),
    forced: () => helm.upgrade(1, ...taking, ...helm.force),
  };
}

/** To the first revision, from the second one. */
function rollback(helm: Helm, isHelms: boolean): Owner {
  const all = async (force: readonly string[]) => {
    if (!isHelms) {
      await helm.upgrade(0, '--take-ownership', ...force);
      await helm.upgrade(1, ...force);
    }
    return helm.rollback(1, ...force);
  };
  return {
    ...{ title: 'helm rollback', helm: helm.title },
    first: async () => {
      await helm.upgrade(0);
      await helm.upgrade(1);
    },
    later: () => all([]),
    forced: () => all(helm.force),
  };
}
