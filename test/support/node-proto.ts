/**
 * A Node, a Lease, as much of a Pod and an EndpointSlice as tests write of them, and what wraps them, as Kubernetes declares
 * them (v0.37: kubernetes/api core/v1, coordination/v1 and discovery/v1, apimachinery meta/v1 and runtime, each generated.proto and types.go): the tests' own account of field numbers, which shares nothing with the product's.
 *
 * Fields stand in the order in which Go writes them as JSON; protobuf goes by number. `pointer`: Go keeps zero and absent
 * apart. `always`: written in JSON even where it is zero. Maps are declared as the entries they are on the wire.
 */
import protobuf from 'protobufjs';

export const NODE_PROTO = `
  syntax = "proto2";
  message WatchEvent { optional string type = 1; optional RawExtension object = 2; }
  message RawExtension { optional bytes raw = 1; }
  message Unknown {
    optional TypeMeta typeMeta = 1; optional bytes raw = 2;
    optional string contentEncoding = 3; optional string contentType = 4;
  }
  message TypeMeta { optional string apiVersion = 1; optional string kind = 2; }
  message NodeList { optional ListMeta metadata = 1; repeated Node items = 2; }
  message ListMeta {
    optional string selfLink = 1; optional string resourceVersion = 2; optional string continue = 3;
    optional int64 remainingItemCount = 4;
  }
  message Node { optional ObjectMeta metadata = 1; optional NodeSpec spec = 2; optional NodeStatus status = 3; }
  message Time { optional int64 seconds = 1; optional int32 nanos = 2; }
  message StringEntry { optional string key = 1; optional string value = 2; }
  message QuantityEntry { optional string key = 1; optional Quantity value = 2; }
  message Quantity { optional string string = 1; }
  message ObjectMeta {
    optional string name = 1; optional string generateName = 2; optional string namespace = 3;
    optional string selfLink = 4; optional string uid = 5; optional string resourceVersion = 6;
    optional int64 generation = 7; optional Time creationTimestamp = 8;
    optional Time deletionTimestamp = 9 [pointer = true];
    optional int64 deletionGracePeriodSeconds = 10 [pointer = true];
    repeated StringEntry labels = 11; repeated StringEntry annotations = 12;
    repeated OwnerReference ownerReferences = 13; repeated string finalizers = 14;
    repeated ManagedFieldsEntry managedFields = 17;
  }
  message OwnerReference {
    optional string apiVersion = 5 [always = true]; optional string kind = 1 [always = true];
    optional string name = 3 [always = true]; optional string uid = 4 [always = true];
    optional bool controller = 6 [pointer = true]; optional bool blockOwnerDeletion = 7 [pointer = true];
  }
  message ManagedFieldsEntry {
    optional string manager = 1; optional string operation = 2; optional string apiVersion = 3;
    optional Time time = 4 [pointer = true]; optional string fieldsType = 6;
    optional FieldsV1 fieldsV1 = 7 [pointer = true]; optional string subresource = 8;
  }
  message FieldsV1 { optional bytes Raw = 1; }
  message NodeSpec {
    optional string podCIDR = 1; repeated string podCIDRs = 7; optional string providerID = 3;
    optional bool unschedulable = 4; repeated Taint taints = 5;
    optional NodeConfigSource configSource = 6 [pointer = true]; optional string externalID = 2;
    optional NodePodPreemptionPolicy podPreemptionPolicy = 8 [pointer = true];
  }
  message NodePodPreemptionPolicy { repeated string disableResizePreemption = 1; }
  message Taint {
    optional string key = 1 [always = true]; optional string value = 2;
    optional string effect = 3 [always = true]; optional Time timeAdded = 4 [pointer = true];
  }
  message NodeConfigSource { optional ConfigMapNodeConfigSource configMap = 2 [pointer = true]; }
  message ConfigMapNodeConfigSource {
    optional string namespace = 1 [always = true]; optional string name = 2 [always = true];
    optional string uid = 3; optional string resourceVersion = 4;
    optional string kubeletConfigKey = 5 [always = true];
  }
  message NodeStatus {
    repeated QuantityEntry capacity = 1; repeated QuantityEntry allocatable = 2; optional string phase = 3;
    repeated NodeCondition conditions = 4; repeated NodeAddress addresses = 5;
    optional NodeDaemonEndpoints daemonEndpoints = 6; optional NodeSystemInfo nodeInfo = 7;
    repeated ContainerImage images = 8; repeated string volumesInUse = 9;
    repeated AttachedVolume volumesAttached = 10; optional NodeConfigStatus config = 11 [pointer = true];
    repeated NodeRuntimeHandler runtimeHandlers = 12; optional NodeFeatures features = 13 [pointer = true];
    repeated string declaredFeatures = 14;
  }
  message NodeCondition {
    optional string type = 1 [always = true]; optional string status = 2 [always = true];
    optional Time lastHeartbeatTime = 3; optional Time lastTransitionTime = 4;
    optional string reason = 5; optional string message = 6;
  }
  message NodeAddress { optional string type = 1 [always = true]; optional string address = 2 [always = true]; }
  message NodeDaemonEndpoints { optional DaemonEndpoint kubeletEndpoint = 1; }
  message DaemonEndpoint { optional int32 Port = 1 [always = true]; }
  message NodeSystemInfo {
    optional string machineID = 1 [always = true]; optional string systemUUID = 2 [always = true];
    optional string bootID = 3 [always = true]; optional string kernelVersion = 4 [always = true];
    optional string osImage = 5 [always = true]; optional string containerRuntimeVersion = 6 [always = true];
    optional string kubeletVersion = 7 [always = true]; optional string kubeProxyVersion = 8 [always = true];
    optional string operatingSystem = 9 [always = true]; optional string architecture = 10 [always = true];
    optional NodeSwapStatus swap = 11 [pointer = true];
    optional bool runningInUserNamespace = 12 [pointer = true];
  }
  message NodeSwapStatus { optional int64 capacity = 1 [pointer = true]; }
  message ContainerImage { repeated string names = 1 [always = true]; optional int64 sizeBytes = 2; }
  message AttachedVolume { optional string name = 1 [always = true]; optional string devicePath = 2 [always = true]; }
  message NodeConfigStatus {
    optional NodeConfigSource assigned = 1 [pointer = true]; optional NodeConfigSource active = 2 [pointer = true];
    optional NodeConfigSource lastKnownGood = 3 [pointer = true]; optional string error = 4;
  }
  message NodeRuntimeHandler {
    optional string name = 1 [always = true]; optional NodeRuntimeHandlerFeatures features = 2 [pointer = true];
  }
  message NodeRuntimeHandlerFeatures {
    optional bool recursiveReadOnlyMounts = 1 [pointer = true]; optional bool userNamespaces = 2 [pointer = true];
  }
  message NodeFeatures { optional bool supplementalGroupsPolicy = 1 [pointer = true]; }
  message LeaseList { optional ListMeta metadata = 1; repeated Lease items = 2; }
  message Lease { optional ObjectMeta metadata = 1; optional LeaseSpec spec = 2; }
  message LeaseSpec {
    optional string holderIdentity = 1 [pointer = true]; optional int32 leaseDurationSeconds = 2 [pointer = true];
    optional Time acquireTime = 3 [pointer = true]; optional Time renewTime = 4 [pointer = true];
    optional int32 leaseTransitions = 5 [pointer = true]; optional string strategy = 6 [pointer = true];
    optional string preferredHolder = 7 [pointer = true];
  }
  message Pod { optional ObjectMeta metadata = 1; optional PodSpec spec = 2; optional PodStatus status = 3; }
  message PodSpec {
    repeated Container containers = 2 [always = true]; optional string serviceAccountName = 8;
    optional string nodeName = 10;
  }
  message Container { optional string name = 1 [always = true]; optional string image = 2; }
  message PodStatus {
    optional int64 observedGeneration = 17; optional string phase = 1; repeated PodCondition conditions = 2;
    optional string message = 3; optional string hostIP = 5; optional string podIP = 6; repeated PodIP podIPs = 12;
    optional Time startTime = 7 [pointer = true];
  }
  message PodCondition {
    optional string type = 1 [always = true]; optional int64 observedGeneration = 7;
    optional string status = 2 [always = true]; optional Time lastProbeTime = 3;
    optional Time lastTransitionTime = 4; optional string reason = 5; optional string message = 6;
  }
  message PodIP { optional string ip = 1 [always = true]; }
  message EndpointSlice {
    optional ObjectMeta metadata = 1; optional string addressType = 4 [always = true];
    repeated Endpoint endpoints = 2 [always = true]; repeated EndpointPort ports = 3 [always = true];
  }
  message Endpoint {
    repeated string addresses = 1 [always = true]; optional EndpointConditions conditions = 2;
    optional string hostname = 3 [pointer = true]; optional string nodeName = 6 [pointer = true];
    optional string zone = 7 [pointer = true];
  }
  message EndpointConditions {
    optional bool ready = 1 [pointer = true]; optional bool serving = 2 [pointer = true];
    optional bool terminating = 3 [pointer = true];
  }
  message EndpointPort {
    optional string name = 1 [pointer = true]; optional string protocol = 2 [pointer = true];
    optional int32 port = 3 [pointer = true]; optional string appProtocol = 4 [pointer = true];
  }
`;

/** What a field holds; `map` of texts, `quantities` a map of texts that protobuf wraps, `fields` JSON that protobuf keeps as bytes. */
export type FieldKind =
  'string' | 'bool' | 'int' | 'bytes' | 'time' | 'map' | 'quantities' | 'fields' | 'message';

export interface FieldType {
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  readonly isList: boolean;
  readonly isPointer: boolean;
  readonly isAlways: boolean;
  /** Of kind `message`. */
  readonly message: MessageType | undefined;
}

export interface MessageType {
  readonly name: string;
  /** In the order of Go's JSON. */
  readonly fields: readonly FieldType[];
  /** In the order of their numbers, as generated marshallers write them. */
  readonly byNumber: readonly FieldType[];
  readonly byName: ReadonlyMap<string, FieldType>;
}

const KINDS: Readonly<Record<string, FieldKind>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int',
  int64: 'int',
  bytes: 'bytes',
  Time: 'time',
  StringEntry: 'map',
  QuantityEntry: 'quantities',
  FieldsV1: 'fields',
};

const { root } = protobuf.parse(NODE_PROTO, { keepCase: true });
const known = new Map<string, MessageType>();

/** A message by its name in the declarations above. */
export function messageType(name: string): MessageType {
  const found = known.get(name) ?? typeOf(name);
  known.set(name, found);
  return found;
}

function typeOf(name: string): MessageType {
  const fields = root.lookupType(name).fieldsArray.map((field): FieldType => {
    const kind = KINDS[field.type] ?? 'message';
    const isMap = kind === 'map' || kind === 'quantities';
    return {
      name: field.name,
      number: field.id,
      kind,
      isList: field.repeated && !isMap,
      isPointer: field.options?.['pointer'] === true,
      isAlways: field.options?.['always'] === true,
      message: kind === 'message' ? messageType(field.type) : undefined,
    };
  });
  return {
    name,
    fields,
    byNumber: fields.toSorted((a, b) => a.number - b.number),
    byName: new Map(fields.map((field) => [field.name, field])),
  };
}

export const NODE = messageType('Node');
