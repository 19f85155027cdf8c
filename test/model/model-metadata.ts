/** The model's metadata alone, as of Pods: all that a client gets of them, with a heartbeat among the annotations. */
import type { ApiObject } from '../../src/lab/simulator/api-object.ts';
import type { Kind } from '../../src/lab/simulator/kind.ts';
import { writeObjectMeta } from '../../src/lab/simulator/protobuf-meta.ts';
import { KEYS, metadataOf, oneOf, SCOPES, seenBy, timeOf } from './model-namespaced.ts';
import type { ModelObject, ObjectState, Subject } from './model-object.ts';
import { PODS } from './model-pod.ts';

const PARTIAL = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } as const;

const PARTIAL_OBJECT: Kind = {
  resource: {
    group: 'meta.k8s.io',
    version: 'v1',
    plural: PODS.plural,
    singular: 'pod',
    kind: PARTIAL.kind,
    namespaced: true,
  },
  empty: {},
  write: (writer, { metadata }) => {
    writer.message(1, () => writeObjectMeta(writer, metadata));
  },
};

const HEARTBEAT = 'kubevirt.io/heartbeat';

/** What else changes of a Pod is an event without a change here. */
function partial(state: ObjectState, resourceVersion: string): ModelObject & ApiObject {
  const metadata = metadataOf(state, resourceVersion, { [HEARTBEAT]: timeOf(state) });
  return { ...PARTIAL, metadata };
}

const LABELLED = seenBy(
  PODS,
  'labelled',
  { by: 'include', paths: ['metadata.labels', 'status.reason'] },
  () => [],
);
const BEATLESS = seenBy(
  PODS,
  'beatless',
  { by: 'exclude', paths: [`metadata.annotations["${HEARTBEAT}"]`] },
  ({ metadata }: ModelObject) => [metadata.annotations?.['note']],
);

export const MODEL_METADATA: Subject = {
  resource: PODS,
  kind: PARTIAL_OBJECT,
  asked: 'PartialObjectMetadata',
  keys: KEYS,
  scopes: SCOPES,
  seen: oneOf(LABELLED, BEATLESS),
  least: LABELLED,
  objectOf: partial,
};
