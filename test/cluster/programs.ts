/** The programs of a node and of a cluster's control plane, built from their Go modules once (see e2e/assets.ts). */

import { join } from 'node:path';

import { type Build, Builder, KUBERNETES_LDFLAGS, METALLB } from '../e2e/assets.ts';

const MODULES = join(import.meta.dirname, 'go');

const kubernetes = (name: string): Build => ({
  module: join(MODULES, 'kubernetes'),
  package: `k8s.io/kubernetes/cmd/${name}`,
  name,
  ldflags: KUBERNETES_LDFLAGS,
  minutes: 4,
});
const KUBELET = kubernetes('kubelet');
const CONTROLLER_MANAGER = kubernetes('kube-controller-manager');
const SCHEDULER = kubernetes('kube-scheduler');
const PROXY = kubernetes('kube-proxy');
const KWOK: Build = {
  module: join(MODULES, 'kwok'),
  package: 'sigs.k8s.io/kwok/cmd/kwok',
  name: 'kwok',
  minutes: 7,
};

export interface NodePrograms {
  readonly kubelet: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly proxy: string;
  /** Plays Nodes that nobody runs; built when a scenario asks for it. */
  readonly kwok: () => Promise<string>;
  /** MetalLB's, of one release. */
  readonly controllerOf: (version: string) => Promise<string>;
}

/** How long building what is not there yet may take, in minutes. */
export async function minutesToBuild(say: (text: string) => void): Promise<number> {
  const builder = await Builder.create(say);
  return builder.minutesFor([KUBELET, CONTROLLER_MANAGER, SCHEDULER, PROXY, KWOK]);
}

/** @throws AssetsUnavailable */
export async function nodePrograms(say: (text: string) => void): Promise<NodePrograms> {
  const builder = await Builder.create(say);
  return {
    kubelet: await builder.build(KUBELET),
    controllerManager: await builder.build(CONTROLLER_MANAGER),
    scheduler: await builder.build(SCHEDULER),
    proxy: await builder.build(PROXY),
    kwok: () => builder.build(KWOK),
    controllerOf: (version) => builder.install(`${METALLB}/controller`, version, 'controller'),
  };
}
