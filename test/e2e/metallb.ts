/**
 * MetalLB's objects in the cluster, as far as a speaker needs them.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Kubectl } from './kubectl.ts';
import { nodeName } from './node-object.ts';
import type { Rig } from './scenarios/scenario.ts';
import { SPEAKER_NAMESPACE } from './speaker.ts';

/** The Node whose speaker runs, and whose only endpoint the Service has. */
export const OWN_NODE = nodeName(1);
/** TEST-NET-1: announced to nobody. */
const SERVICE_IP = '192.0.2.10';

/**
 * What MetalLB's manifests and controller would have made: CRDs, pool, advertisement, a Service with an
 * address. Once per cluster: the second call finds it there.
 */
export async function installMetallb(rig: Rig, kubeconfig: string): Promise<void> {
  const { assets, cluster } = rig;
  const { admin } = cluster;
  const namespace = `/namespaces/${SPEAKER_NAMESPACE}`;
  const metallb = `/apis/metallb.io/v1beta1${namespace}`;
  // The namespace alone tells nothing: others put manifests of their own into it.
  if ((await admin.get(`${metallb}/ipaddresspools/pool`)).status === 200) return;
  const kubectl = new Kubectl({ program: assets.kubectl, kubeconfig, way: 'set-up', folder: cluster.folder });
  const crds = await readdir(assets.speakerCrds);
  for (const file of crds) {
    const { code, output } = await kubectl.run('apply', '-f', join(assets.speakerCrds, file));
    if (code !== 0) rig.report.note(`${file}: ${output}`);
  }
  if ((await admin.get(`/api/v1${namespace}`)).status !== 200)
    await admin.send('POST', '/api/v1/namespaces', { metadata: { name: SPEAKER_NAMESPACE } });
  const { code, output } = await kubectl.run(
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    'crd',
    '--all',
  );
  if (code !== 0) throw new Error(`the CRDs were not established: ${output}`);
  await admin.send('POST', `${metallb}/ipaddresspools`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'pool' },
    spec: { addresses: [`${SERVICE_IP}/32`] },
  });
  await admin.send('POST', `${metallb}/l2advertisements`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'advertisement' },
    spec: { ipAddressPools: ['pool'], interfaces: ['lo'] },
  });
  await createService(rig);
}

async function createService({ cluster: { admin } }: Rig): Promise<void> {
  const services = '/api/v1/namespaces/default/services';
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  await admin.send('POST', services, {
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, selector: { app: 'web' }, ports },
  });
  await admin.send('PATCH', `${services}/web/status`, {
    status: { loadBalancer: { ingress: [{ ip: SERVICE_IP }] } },
  });
  await admin.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.2'], conditions: { ready: true }, nodeName: OWN_NODE }],
    ports,
  });
}
