/** The CRDs of Prometheus's operator, out of its Go module: for objects that only they make known. */

import { join } from 'node:path';

import type { Assets } from './assets.ts';

const OPERATOR = 'github.com/prometheus-operator/prometheus-operator';
const OPERATOR_VERSION = 'v0.85.0';
const CRDS = ['podmonitors', 'prometheusrules'];

/** Those of PodMonitor and PrometheusRule, ready when this resolves. */
export async function installPrometheusCrds(
  assets: Assets,
  kubectl: (...args: readonly string[]) => Promise<string>,
): Promise<void> {
  const operator = await assets.moduleFolder(OPERATOR, OPERATOR_VERSION);
  for (const crd of CRDS) {
    const file = `monitoring.coreos.com_${crd}.yaml`;
    await kubectl('apply', '--server-side', '-f', join(operator, 'example', 'prometheus-operator-crd', file));
  }
  const names = CRDS.map((crd) => `crd/${crd}.monitoring.coreos.com`);
  await kubectl('wait', '--for=condition=Established', '--timeout=30s', ...names);
}
