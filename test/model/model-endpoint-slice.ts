/** The model's EndpointSlices: a list behind metadata, and one annotation of several that is noise. */
import assert from 'node:assert/strict';
import { builtInResource } from '../../src/core/resource/built-in.ts';
import type { ApiObject } from '../../src/lab/simulator/api-object.ts';
import type { Kind } from '../../src/lab/simulator/kind.ts';
import { writeObjectMeta } from '../../src/lab/simulator/protobuf-meta.ts';
import { KEYS, metadataOf, oneOf, SCOPES, seenBy, timeOf } from './model-namespaced.ts';
import type { ModelObject, ObjectState, Subject } from './model-object.ts';

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready?: boolean; readonly serving?: boolean };
}

interface EndpointSliceObject extends ApiObject {
  readonly addressType: string;
  readonly endpoints: readonly Endpoint[] | null;
  readonly ports: null;
}

type ModelEndpointSlice = ModelObject & EndpointSliceObject;

const ENDPOINT_SLICES =
  (await builtInResource('endpointslices.discovery.k8s.io')) ?? assert.fail('no EndpointSlices');

/** Numbers of fields: k8s.io/api discovery/v1 generated.proto. */
const ENDPOINT_SLICE: Kind<EndpointSliceObject> = {
  resource: {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    singular: 'endpointslice',
    kind: 'EndpointSlice',
    namespaced: true,
  },
  empty: { addressType: '', endpoints: null, ports: null },
  write: (writer, { metadata, addressType, endpoints }) => {
    writer.message(1, () => writeObjectMeta(writer, metadata));
    for (const { addresses, conditions } of endpoints ?? [])
      writer.message(2, () => {
        for (const address of addresses) writer.string(1, address);
        writer.message(2, () => {
          if (conditions.ready !== undefined) writer.boolean(1, conditions.ready);
          if (conditions.serving !== undefined) writer.boolean(2, conditions.serving);
        });
      });
    writer.string(4, addressType);
  },
};

/** What the controller that makes them writes at every change of what is behind them. */
const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';

function modelEndpointSlice(state: ObjectState, resourceVersion: string): ModelEndpointSlice {
  const { cordoned, network, address } = state;
  // One of three: absent, true and false are three things, for it is a pointer.
  const serving = [undefined, true, false][network % 3];
  return {
    metadata: metadataOf(state, resourceVersion, { [TRIGGER]: timeOf(state) }),
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: [`10.0.0.${address}`],
        conditions: { ready: !cordoned, ...(serving === undefined ? {} : { serving }) },
      },
      { addresses: ['10.0.0.9'], conditions: { ready: true } },
    ],
    ports: null,
  };
}

const READY = seenBy(
  ENDPOINT_SLICES,
  'ready',
  { by: 'include', paths: ['metadata.labels', 'endpoints[*].addresses', 'endpoints[*].conditions.ready'] },
  ({ endpoints }: ModelEndpointSlice) => [
    endpoints?.map(({ addresses, conditions }) => [addresses, conditions.ready]),
  ],
);
const UNTRIGGERED = seenBy(
  ENDPOINT_SLICES,
  'untriggered',
  { by: 'exclude', paths: [`metadata.annotations["${TRIGGER}"]`] },
  ({ metadata, addressType, endpoints }: ModelEndpointSlice) => [
    metadata.annotations?.['note'],
    addressType,
    endpoints?.map(({ addresses, conditions: { ready, serving } }) => [
      addresses,
      ready,
      serving ?? 'absent',
    ]),
  ],
);

export const MODEL_ENDPOINT_SLICES: Subject = {
  resource: ENDPOINT_SLICES,
  kind: ENDPOINT_SLICE,
  keys: KEYS,
  scopes: SCOPES,
  seen: oneOf(READY, UNTRIGGERED),
  least: READY,
  objectOf: modelEndpointSlice,
};
