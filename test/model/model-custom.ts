/** The model's objects of a CustomResourceDefinition: JSON alone, by fields that nobody has declared. */
import { customResource } from '../../src/core/resource/custom-resource.ts';
import type { ApiObject } from '../../src/lab/simulator/api-object.ts';
import type { Kind } from '../../src/lab/simulator/kind.ts';
import { KEYS, metadataOf, oneOf, SCOPES, seenBy, timeOf } from './model-namespaced.ts';
import type { ModelObject, ObjectState, Subject } from './model-object.ts';

interface SieveObject extends ApiObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec?: { readonly mesh: number; readonly isOff: boolean };
  readonly status?: {
    readonly seen: string;
    readonly peers: readonly { readonly name: string; readonly address: string; readonly seen: string }[];
  };
}

type ModelSieve = ModelObject & SieveObject;

const TYPED = { kind: 'Sieve', apiVersion: 'model.watchsieve.dev/v1' } as const;
const NAMES = { group: 'model.watchsieve.dev', version: 'v1', plural: 'sieves', namespaced: true } as const;
const SIEVES = customResource(NAMES, TYPED.kind);

const SIEVE: Kind<SieveObject> = {
  resource: { ...NAMES, kind: TYPED.kind, singular: 'sieve' },
  empty: TYPED,
  write: () => {
    throw new Error('a custom resource has no protobuf');
  },
};

/** Unlike what Kubernetes has itself, each item of a list says what it is. */
function modelSieve(state: ObjectState, resourceVersion: string): ModelSieve {
  const { cordoned, network, address } = state;
  const seen = timeOf(state);
  return {
    ...TYPED,
    metadata: metadataOf(state, resourceVersion),
    spec: { mesh: network % 3, isOff: cordoned },
    status: {
      seen,
      peers: [
        { name: 'a', address: `10.0.0.${address}`, seen },
        { name: 'b', address: '10.0.0.9', seen },
      ],
    },
  };
}

const addressesOf = ({ status }: ModelSieve): unknown => status?.peers.map(({ address }) => address);

const PEERS = seenBy(
  SIEVES,
  'peers',
  { by: 'include', paths: ['metadata.labels', 'spec.mesh', 'status.peers[*].address'] },
  (sieve: ModelSieve) => [sieve.spec?.mesh, addressesOf(sieve)],
);
const UNSEEN = seenBy(
  SIEVES,
  'unseen',
  {
    by: 'exclude',
    paths: ['status.seen', 'status.peers[*].seen', 'metadata.managedFields', 'metadata.annotations["note"]'],
  },
  (sieve: ModelSieve) => [sieve.spec, addressesOf(sieve)],
);

export const MODEL_CUSTOM: Subject = {
  resource: SIEVES,
  kind: SIEVE,
  isJsonOnly: true,
  keys: KEYS,
  scopes: SCOPES,
  seen: oneOf(PEERS, UNSEEN),
  least: PEERS,
  objectOf: modelSieve,
};
