/** Nodes as an API server writes them, with who wrote what, for tests of the analysis. */

export interface NodeParts {
  readonly name?: string;
  readonly beat?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ready?: string;
  readonly version?: number;
}

const time = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
const CONDITION = { '.': {}, 'f:lastHeartbeatTime': {}, 'f:status': {}, 'f:type': {} };

export function node({
  name = 'ip-10-1-2-3',
  beat = 0,
  labels = {},
  annotations = {},
  ready = 'True',
  version = 1,
}: NodeParts = {}) {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      resourceVersion: String(version),
      labels,
      annotations,
      managedFields: [
        {
          manager: 'kubectl-label',
          operation: 'Update',
          apiVersion: 'v1',
          time: time(0),
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, ...fields(labels) } } },
        },
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          time: time(beat),
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:status': { 'f:conditions': { '.': {}, 'k:{"type":"Ready"}': CONDITION } } },
          subresource: 'status',
        },
      ],
    },
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: time(beat), reason: 'KubeletReady' }],
      images: [{ names: ['registry.corp.example/secret-project:1'], sizeBytes: 1 }],
    },
  };
}

function fields(map: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.keys(map).map((key) => [`f:${key}`, {}]));
}

export function frame(type: string, object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

export function bookmark(version: number, isEnd = false): Buffer {
  const annotations = isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return frame('BOOKMARK', {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(version), ...annotations },
  });
}
