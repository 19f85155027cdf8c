/**
 * Encodes what stands around objects in protobuf: the `k8s\0` envelope, lists, Status and the
 * watch frame. Sources: apimachinery pkg/runtime/generated.proto (Unknown, TypeMeta, RawExtension),
 * pkg/apis/meta/v1/generated.proto (WatchEvent, Status, ListMeta), pkg/util/framer (length prefix).
 */
import type { ApiObject, StatusObject } from './api-object.ts';
import type { Kind } from './kind.ts';
import { groupVersionOf } from './resource-names.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');

/** Encodes an object as the body of a GET, and as the `raw` of a watch event. */
export function encodeBody<O extends ApiObject>(kind: Kind<O>, object: O): Buffer {
  const { resource } = kind;
  return enveloped(groupVersionOf(resource), resource.kind, (writer) => kind.write(writer, object));
}

/** Encodes a list of objects as the body of a LIST. */
export function encodeListBody<O extends ApiObject>(
  kind: Kind<O>,
  resourceVersion: string,
  objects: readonly O[],
  next = '',
): Buffer {
  const { resource } = kind;
  return enveloped(groupVersionOf(resource), `${resource.kind}List`, (writer) => {
    writer.message(1, () => writeListMeta(writer, resourceVersion, next));
    for (const object of objects) writer.message(2, () => kind.write(writer, object));
  });
}

/** Encodes a Status as the body of an error, and as the `raw` of an ERROR event. */
export function encodeStatusBody(status: StatusObject): Buffer {
  return enveloped('v1', 'Status', (writer) => {
    writer.message(1, () => writeListMeta(writer, '', ''));
    writer.string(2, 'Failure');
    writer.string(3, status.message);
    writer.string(4, status.reason ?? '');
    if (status.details !== undefined) {
      const details = status.details;
      writer.message(5, () => writeStatusDetails(writer, details));
    }
    writer.integer(6, status.code);
  });
}

/** Frames one watch event: 4 bytes of length, big-endian, then a WatchEvent around `body`. */
export function encodeWatchFrame(type: string, body: Buffer): Buffer {
  const writer = new ProtobufWriter(body.length + 64);
  writer.raw(Buffer.alloc(4));
  writer.string(1, type);
  writer.message(2, () => writer.bytes(1, body));
  const frame = writer.finish();
  frame.writeUInt32BE(frame.length - 4, 0);
  return frame;
}

/** runtime.Unknown. Content encoding and type are written though empty (pkg/runtime/types_proto.go). */
function enveloped(apiVersion: string, kind: string, writeFields: (writer: ProtobufWriter) => void): Buffer {
  const writer = new ProtobufWriter(24 * 1024);
  writer.raw(MAGIC);
  writer.message(1, () => {
    writer.string(1, apiVersion);
    writer.string(2, kind);
  });
  writer.message(2, () => writeFields(writer));
  writer.string(3, '');
  writer.string(4, '');
  return writer.finish();
}

function writeListMeta(writer: ProtobufWriter, resourceVersion: string, next: string): void {
  writer.string(1, ''); // selfLink
  writer.string(2, resourceVersion);
  writer.string(3, next); // continue
}

function writeStatusDetails(writer: ProtobufWriter, details: NonNullable<StatusObject['details']>): void {
  writer.string(1, details.name ?? '');
  writer.string(2, details.group ?? '');
  writer.string(3, details.kind ?? '');
  for (const cause of details.causes ?? []) {
    writer.message(4, () => {
      writer.string(1, cause.reason);
      writer.string(2, cause.message);
      writer.string(3, ''); // field
    });
  }
  writer.integer(5, details.retryAfterSeconds ?? 0);
  writer.string(6, ''); // uid
}
