/**
 * Encodes Nodes as kube-apiserver does: fields in ascending number, map keys sorted, scalars written
 * even when empty, lists and optional messages only when there. Field numbers are from
 * kubernetes/api core/v1/generated.proto.
 */
import type { ProtobufWriter } from './protobuf-writer.ts';
import { writeMap, writeObjectMeta, writeTime } from './protobuf-meta.ts';
import type { NodeObject, NodeSpec, NodeStatus } from './node-object.ts';

/** Writes the fields of a core/v1 Node message. */
export function writeNode(writer: ProtobufWriter, node: NodeObject): void {
  writer.message(1, () => writeObjectMeta(writer, node.metadata));
  writer.message(2, () => writeSpec(writer, node.spec));
  writer.message(3, () => writeStatus(writer, node.status));
}

/** map<string, Quantity>, where Quantity is a message of one string. */
function writeQuantityMap(
  writer: ProtobufWriter,
  field: number,
  map: Readonly<Record<string, string>> | undefined,
): void {
  writeMap(writer, field, map, (value) => writer.message(2, () => writer.string(1, value)));
}

function writeSpec(writer: ProtobufWriter, spec: NodeSpec): void {
  writer.string(1, spec.podCIDR ?? '');
  writer.string(2, ''); // externalID
  writer.string(3, spec.providerID ?? '');
  writer.boolean(4, spec.unschedulable ?? false);
  for (const taint of spec.taints ?? []) {
    writer.message(5, () => {
      writer.string(1, taint.key);
      writer.string(2, taint.value ?? '');
      writer.string(3, taint.effect);
      if (taint.timeAdded !== undefined) writeTime(writer, 4, taint.timeAdded);
    });
  }
  for (const cidr of spec.podCIDRs ?? []) writer.string(7, cidr);
}

function writeStatus(writer: ProtobufWriter, status: NodeStatus): void {
  writeQuantityMap(writer, 1, status.capacity);
  writeQuantityMap(writer, 2, status.allocatable);
  writer.string(3, ''); // phase
  for (const condition of status.conditions ?? []) {
    writer.message(4, () => {
      writer.string(1, condition.type);
      writer.string(2, condition.status);
      writeTime(writer, 3, condition.lastHeartbeatTime);
      writeTime(writer, 4, condition.lastTransitionTime);
      writer.string(5, condition.reason ?? '');
      writer.string(6, condition.message ?? '');
    });
  }
  for (const address of status.addresses ?? []) {
    writer.message(5, () => {
      writer.string(1, address.type);
      writer.string(2, address.address);
    });
  }
  writer.message(6, () =>
    writer.message(1, () => writer.integer(1, status.daemonEndpoints.kubeletEndpoint.Port)),
  );
  writer.message(7, () => {
    const info = status.nodeInfo;
    writer.string(1, info.machineID);
    writer.string(2, info.systemUUID);
    writer.string(3, info.bootID);
    writer.string(4, info.kernelVersion);
    writer.string(5, info.osImage);
    writer.string(6, info.containerRuntimeVersion);
    writer.string(7, info.kubeletVersion);
    writer.string(8, info.kubeProxyVersion);
    writer.string(9, info.operatingSystem);
    writer.string(10, info.architecture);
  });
  for (const image of status.images ?? []) {
    writer.message(8, () => {
      for (const name of image.names) writer.string(1, name);
      writer.integer(2, image.sizeBytes);
    });
  }
}
