/** Nodes, from kubernetes/api core/v1 generated.proto and types.go (v0.37). */
import { OBJECT_META } from './object-meta.ts';
import { type Resource } from './resource.ts';
import { always, list, map, message, type MessageType, number, pointer, text, time } from './schema.ts';

const TAINT: MessageType = {
  key: always(text(1)),
  value: text(2),
  effect: always(text(3)),
  timeAdded: pointer(time(4)),
};

const SPEC: MessageType = {
  podCIDR: text(1),
  podCIDRs: list(text(7)),
  providerID: text(3),
  unschedulable: number(4),
  taints: list(message(5, TAINT)),
  configSource: pointer(message(6)),
  externalID: text(2),
  podPreemptionPolicy: pointer(text(8)),
};

const CONDITION: MessageType = {
  type: always(text(1)),
  status: always(text(2)),
  lastHeartbeatTime: time(3),
  lastTransitionTime: time(4),
  reason: text(5),
  message: text(6),
};

const NODE_INFO: MessageType = {
  machineID: always(text(1)),
  systemUUID: always(text(2)),
  bootID: always(text(3)),
  kernelVersion: always(text(4)),
  osImage: always(text(5)),
  containerRuntimeVersion: always(text(6)),
  kubeletVersion: always(text(7)),
  kubeProxyVersion: always(text(8)),
  operatingSystem: always(text(9)),
  architecture: always(text(10)),
  swap: pointer(message(11)),
};

const STATUS: MessageType = {
  capacity: map(1),
  allocatable: map(2),
  phase: text(3),
  conditions: list(message(4, CONDITION)),
  addresses: list(message(5, { type: always(text(1)), address: always(text(2)) })),
  daemonEndpoints: message(6, { kubeletEndpoint: message(1, { Port: always(number(1)) }) }),
  nodeInfo: message(7, NODE_INFO),
  images: list(message(8, { names: list(text(1)), sizeBytes: number(2) })),
  volumesInUse: list(text(9)),
  volumesAttached: list(message(10)),
  config: pointer(message(11)),
  runtimeHandlers: list(message(12)),
  features: pointer(message(13)),
  declaredFeatures: list(text(14)),
};

export const NODES: Resource = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  schema: { metadata: message(1, OBJECT_META), spec: message(2, SPEC), status: message(3, STATUS) },
  layout: { behindMetadata: 'spec', longList: { of: 'status', name: 'images' } },
  essence: { condition: 'NetworkUnavailable' },
};
