/** Nodes that lack nothing a kubelet reports, so that both encodings of them have an essence. */
import type { TestNode } from './arbitrary-node.ts';
import { jsonFrame, protobufFrame } from './encode.ts';
import { inGoOrder } from './go-order.ts';
import type { TestEncoding } from './sieving.ts';

/** What every real Node has; what is given wins. */
export function wholeNode({ metadata, spec, status }: TestNode): TestNode {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      annotations: { a: 'b' },
      managedFields: [{ manager: 'm', operation: 'Update' }],
      ...metadata,
    },
    spec: { podCIDR: '10.0.0.0/24', ...spec },
    status: {
      capacity: { cpu: '4' },
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      ...status,
    },
  };
}

/** A frame of it as kube-apiserver would write one: what Go writes and nobody here reads is put in. */
export function serverFrame(encoding: TestEncoding, type: string, given: TestNode): Buffer {
  const object = inGoOrder(wholeNode(given));
  if (encoding === 'protobuf') return protobufFrame(type, object);
  const { capacity, conditions, addresses, ...others } = object.status;
  const daemonEndpoints = { kubeletEndpoint: { Port: 10250 } };
  const status = { capacity, conditions, addresses, daemonEndpoints, ...others };
  return jsonFrame(type, { ...object, status });
}
