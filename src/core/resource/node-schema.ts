/**
 * Field numbers of a Node and of what wraps it, from kubernetes/api core/v1/generated.proto, kubernetes/apimachinery
 * pkg/apis/meta/v1/generated.proto and pkg/runtime/generated.proto (v0.37). Field names are those of the JSON form.
 */

/** meta.v1 WatchEvent, without `k8s\0` magic (StreamSerializer is the raw serializer). */
export const WATCH_EVENT = { type: 1, object: 2 } as const;
/** runtime.RawExtension */
export const RAW_EXTENSION = { raw: 1 } as const;
/** runtime.Unknown: what follows the magic in RawExtension.raw. */
export const UNKNOWN = { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 } as const;
/** runtime.TypeMeta: mind that meta.v1.TypeMeta numbers these the other way round. */
export const TYPE_META = { apiVersion: 1, kind: 2 } as const;
/** apimachinery pkg/runtime/serializer/protobuf/protobuf.go, protoEncodingPrefix */
export const MAGIC = Buffer.from('k8s\0', 'latin1');
/** core/v1 NodeList, and meta.v1 ListMeta in it. */
export const NODE_LIST = { metadata: 1, items: 2 } as const;
export const LIST_META = { resourceVersion: 2, continue: 3 } as const;
/** An entry of any map<string, ...>. */
export const MAP_ENTRY = { key: 1, value: 2 } as const;

export interface MessageType {
  readonly [jsonName: string]: MessageField;
}
export interface MessageField {
  readonly number: number;
  /** Present where the field is a message (or a list of messages) whose fields a plan may name. */
  readonly message?: MessageType;
}

const scalars = (numbers: Record<string, number>): MessageType =>
  Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, { number }]));

/** The fields of ObjectMeta that a scanner itself reads. */
export const META = { name: 1, namespace: 3, resourceVersion: 6, annotations: 12 } as const;

const OWNER_REFERENCE = scalars({
  kind: 1,
  name: 3,
  uid: 4,
  apiVersion: 5,
  controller: 6,
  blockOwnerDeletion: 7,
});

export const OBJECT_META: MessageType = {
  ...scalars({
    name: 1,
    generateName: 2,
    namespace: 3,
    selfLink: 4,
    uid: 5,
    resourceVersion: 6,
    generation: 7,
    creationTimestamp: 8,
    deletionTimestamp: 9,
    deletionGracePeriodSeconds: 10,
    labels: 11,
    annotations: 12,
    finalizers: 14,
    managedFields: 17,
  }),
  ownerReferences: { number: 13, message: OWNER_REFERENCE },
};

const NODE_SPEC: MessageType = {
  ...scalars({
    podCIDR: 1,
    externalID: 2,
    providerID: 3,
    unschedulable: 4,
    configSource: 6,
    podCIDRs: 7,
    podPreemptionPolicy: 8,
  }),
  taints: { number: 5, message: scalars({ key: 1, value: 2, effect: 3, timeAdded: 4 }) },
};

const NODE_STATUS: MessageType = {
  ...scalars({
    capacity: 1,
    allocatable: 2,
    phase: 3,
    daemonEndpoints: 6,
    volumesInUse: 9,
    volumesAttached: 10,
    config: 11,
    runtimeHandlers: 12,
    features: 13,
    declaredFeatures: 14,
  }),
  conditions: {
    number: 4,
    message: scalars({
      type: 1,
      status: 2,
      lastHeartbeatTime: 3,
      lastTransitionTime: 4,
      reason: 5,
      message: 6,
    }),
  },
  addresses: { number: 5, message: scalars({ type: 1, address: 2 }) },
  nodeInfo: {
    number: 7,
    message: scalars({
      machineID: 1,
      systemUUID: 2,
      bootID: 3,
      kernelVersion: 4,
      osImage: 5,
      containerRuntimeVersion: 6,
      kubeletVersion: 7,
      kubeProxyVersion: 8,
      operatingSystem: 9,
      architecture: 10,
      swap: 11,
    }),
  },
  images: { number: 8, message: scalars({ names: 1, sizeBytes: 2 }) },
};

export const NODE: MessageType = {
  metadata: { number: 1, message: OBJECT_META },
  spec: { number: 2, message: NODE_SPEC },
  status: { number: 3, message: NODE_STATUS },
};
