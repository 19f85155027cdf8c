import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as schema from '../../../src/core/resource/node-schema.ts';
import { type MessageType } from '../../../src/core/resource/node-schema.ts';

/** `path number` of each field, as in kubernetes/api core/v1 and apimachinery meta/v1 generated.proto (v0.37). */
const FIELDS = `
metadata 1
metadata.name 1
metadata.generateName 2
metadata.namespace 3
metadata.selfLink 4
metadata.uid 5
metadata.resourceVersion 6
metadata.generation 7
metadata.creationTimestamp 8
metadata.deletionTimestamp 9
metadata.deletionGracePeriodSeconds 10
metadata.labels 11
metadata.annotations 12
metadata.ownerReferences 13
metadata.ownerReferences.kind 1
metadata.ownerReferences.name 3
metadata.ownerReferences.uid 4
metadata.ownerReferences.apiVersion 5
metadata.ownerReferences.controller 6
metadata.ownerReferences.blockOwnerDeletion 7
metadata.finalizers 14
metadata.managedFields 17
spec 2
spec.podCIDR 1
spec.externalID 2
spec.providerID 3
spec.unschedulable 4
spec.taints 5
spec.taints.key 1
spec.taints.value 2
spec.taints.effect 3
spec.taints.timeAdded 4
spec.configSource 6
spec.podCIDRs 7
spec.podPreemptionPolicy 8
status 3
status.capacity 1
status.allocatable 2
status.phase 3
status.conditions 4
status.conditions.type 1
status.conditions.status 2
status.conditions.lastHeartbeatTime 3
status.conditions.lastTransitionTime 4
status.conditions.reason 5
status.conditions.message 6
status.addresses 5
status.addresses.type 1
status.addresses.address 2
status.daemonEndpoints 6
status.nodeInfo 7
status.nodeInfo.machineID 1
status.nodeInfo.systemUUID 2
status.nodeInfo.bootID 3
status.nodeInfo.kernelVersion 4
status.nodeInfo.osImage 5
status.nodeInfo.containerRuntimeVersion 6
status.nodeInfo.kubeletVersion 7
status.nodeInfo.kubeProxyVersion 8
status.nodeInfo.operatingSystem 9
status.nodeInfo.architecture 10
status.nodeInfo.swap 11
status.images 8
status.images.names 1
status.images.sizeBytes 2
status.volumesInUse 9
status.volumesAttached 10
status.config 11
status.runtimeHandlers 12
status.features 13
status.declaredFeatures 14
`;

function flat(type: MessageType, path = ''): string[] {
  return Object.entries(type).flatMap(([name, { number, message }]) => [
    `${path}${name} ${number}`,
    ...(message === undefined ? [] : flat(message, `${path}${name}.`)),
  ]);
}

test('field names and numbers are those of a Node', () => {
  assert.deepEqual(flat(schema.NODE).sort(), FIELDS.trim().split('\n').sort());
});

test('and those of what wraps it', () => {
  const { WATCH_EVENT, RAW_EXTENSION, UNKNOWN, TYPE_META, NODE_LIST, LIST_META, MAP_ENTRY, META } = schema;
  assert.deepEqual(
    { WATCH_EVENT, RAW_EXTENSION, UNKNOWN, TYPE_META, NODE_LIST, LIST_META, MAP_ENTRY, META },
    {
      WATCH_EVENT: { type: 1, object: 2 },
      RAW_EXTENSION: { raw: 1 },
      UNKNOWN: { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 },
      TYPE_META: { apiVersion: 1, kind: 2 },
      NODE_LIST: { metadata: 1, items: 2 },
      LIST_META: { resourceVersion: 2, continue: 3 },
      MAP_ENTRY: { key: 1, value: 2 },
      META: { name: 1, namespace: 3, resourceVersion: 6, annotations: 12 },
    },
  );
  assert.equal(schema.MAGIC.toString('hex'), '6b387300');
});
