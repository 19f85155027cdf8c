/** meta.v1 ObjectMeta, from kubernetes/apimachinery pkg/apis/meta/v1 generated.proto and types.go (v0.37). */
import { always, list, map, message, type MessageType, number, pointer, text, time } from './schema.ts';

const OWNER_REFERENCE: MessageType = {
  apiVersion: always(text(5)),
  kind: always(text(1)),
  name: always(text(3)),
  uid: always(text(4)),
  controller: pointer(number(6)),
  blockOwnerDeletion: pointer(number(7)),
};

export const OBJECT_META: MessageType = {
  name: text(1),
  generateName: text(2),
  namespace: text(3),
  selfLink: text(4),
  uid: text(5),
  resourceVersion: text(6),
  generation: number(7),
  creationTimestamp: time(8),
  deletionTimestamp: pointer(time(9)),
  deletionGracePeriodSeconds: pointer(number(10)),
  labels: map(11),
  annotations: map(12),
  ownerReferences: list(message(13, OWNER_REFERENCE)),
  finalizers: list(text(14)),
  managedFields: list(message(17)),
};
