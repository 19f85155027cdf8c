/** Nodes of the size that kubelets write, played by kwok. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Cluster } from './cluster.ts';

const IMAGES = 30;
const RESOURCES = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '100Gi' };

export async function fakeNodes(cluster: Cluster, count: number): Promise<void> {
  const file = join(cluster.folder, 'fake-nodes.json');
  const items = Array.from({ length: count }, (_, index) => fakeNode(index));
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await cluster.kubectl('create', '-f', file);
  const ready = ['wait', '--for=condition=Ready', '--timeout=50s', '-l', 'type=kwok', 'node'];
  await cluster.kubectl(...ready);
}

function fakeNode(index: number): unknown {
  const name = `kwok-${String(index).padStart(5, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        type: 'kwok',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/zone': `zone-${index % 3}`,
      },
    },
    // Nothing of the cluster is to run there.
    spec: { taints: [{ effect: 'NoSchedule', key: 'kwok.x-k8s.io/node', value: 'fake' }] },
    status: {
      allocatable: RESOURCES,
      capacity: RESOURCES,
      addresses: [
        { type: 'InternalIP', address: `198.18.${Math.floor(index / 250)}.${(index % 250) + 1}` },
        { type: 'Hostname', address: name },
      ],
      images: Array.from({ length: IMAGES }, (_, image) => ({
        names: [
          `registry.example.com/team/app${image}@sha256:${(image * 7919).toString(16).padStart(64, '0')}`,
          `registry.example.com/team/app${image}:v1.${image}.0`,
        ],
        sizeBytes: 12_345_678 + image,
      })),
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://2.1.0',
        kernelVersion: '6.8.0',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.37.2',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Debian',
        systemUUID: '',
      },
    },
  };
}
