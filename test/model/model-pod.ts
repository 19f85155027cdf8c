/** The model's Pods: probed, restarted and made ready. */
import assert from 'node:assert/strict';
import { builtInResource } from '../../src/core/resource/built-in.ts';
import type { ApiObject } from '../../src/lab/simulator/api-object.ts';
import type { Kind } from '../../src/lab/simulator/kind.ts';
import { writeObjectMeta, writeTime } from '../../src/lab/simulator/protobuf-meta.ts';
import { KEYS, metadataOf, oneOf, SCOPES, seenBy, timeOf } from './model-namespaced.ts';
import type { ModelObject, ObjectState, Subject } from './model-object.ts';

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly lastProbeTime: string;
}

interface PodObject extends ApiObject {
  readonly spec: { readonly nodeName?: string; readonly containers: null };
  readonly status: {
    readonly conditions?: readonly PodCondition[];
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly reason?: string;
  };
}

type ModelPod = ModelObject & PodObject;

export const PODS = (await builtInResource('pods')) ?? assert.fail('no Pods');

/** Numbers of fields: k8s.io/api core/v1 generated.proto. Go writes all but pointers, lists and maps. */
const POD: Kind<PodObject> = {
  resource: { group: '', version: 'v1', plural: 'pods', singular: 'pod', kind: 'Pod', namespaced: true },
  empty: { spec: { containers: null }, status: {} },
  write: (writer, { metadata, spec, status }) => {
    writer.message(1, () => writeObjectMeta(writer, metadata));
    writer.message(2, () => {
      for (const text of [3, 6, 8, 9]) writer.string(text, '');
      writer.string(10, spec.nodeName ?? '');
      for (const flag of [11, 12, 13]) writer.boolean(flag, false);
      for (const text of [16, 17, 19, 24]) writer.string(text, '');
    });
    writer.message(3, () => {
      writer.string(1, ''); // phase
      for (const { type, status: state, lastProbeTime } of status.conditions ?? [])
        writer.message(2, () => {
          writer.string(1, type);
          writer.string(2, state);
          writeTime(writer, 3, lastProbeTime);
        });
      writer.string(3, ''); // message
      writer.string(4, status.reason ?? '');
      for (const text of [5, 6, 9, 11]) writer.string(text, '');
      for (const { ip } of status.podIPs ?? []) writer.message(12, () => writer.string(1, ip));
      writer.string(14, ''); // resize
      writer.integer(17, 0); // observedGeneration
    });
  },
};

const STATES = ['False', 'True', 'Unknown'] as const;

function modelPod(state: ObjectState, resourceVersion: string): ModelPod {
  const { cordoned, network, address } = state;
  const lastProbeTime = timeOf(state);
  return {
    metadata: metadataOf(state, resourceVersion),
    spec: { nodeName: 'node-1', containers: null },
    status: {
      conditions: [
        { type: 'Initialized', status: 'True', lastProbeTime },
        { type: 'Ready', status: STATES[network % STATES.length] ?? '', lastProbeTime },
      ],
      ...(cordoned ? { reason: 'Evicted' } : {}),
      podIPs: [{ ip: `10.0.0.${address}` }, { ip: `10.0.1.${address}` }],
    },
  };
}

const ipsOf = ({ status }: ModelPod): unknown => status.podIPs?.map(({ ip }) => ip);

const READY = seenBy(
  PODS,
  'ready',
  {
    by: 'include',
    paths: ['metadata.labels', 'status.conditions[type=Ready].status', 'status.podIPs[*].ip'],
  },
  (pod: ModelPod) => [pod.status.conditions?.find(({ type }) => type === 'Ready')?.status, ipsOf(pod)],
);
const UNPROBED = seenBy(
  PODS,
  'unprobed',
  {
    by: 'exclude',
    paths: ['metadata.managedFields', 'status.conditions[*].lastProbeTime', 'metadata.annotations'],
  },
  (pod: ModelPod) => [
    pod.spec.nodeName,
    pod.status.conditions?.map(({ type, status }) => [type, status]),
    pod.status.reason,
    ipsOf(pod),
  ],
);

export const MODEL_PODS: Subject = {
  resource: PODS,
  kind: POD,
  keys: KEYS,
  scopes: SCOPES,
  seen: oneOf(READY, UNPROBED),
  least: READY,
  objectOf: modelPod,
};
