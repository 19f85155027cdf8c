/** Encodes what all objects have, as kube-apiserver does; field numbers are from apimachinery meta/v1/generated.proto. */
import type { ManagedFieldsEntry, ObjectMeta } from './api-object.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

export function writeObjectMeta(writer: ProtobufWriter, meta: ObjectMeta): void {
  writer.string(1, meta.name ?? '');
  writer.string(2, ''); // generateName
  writer.string(3, meta.namespace ?? '');
  writer.string(4, ''); // selfLink
  writer.string(5, meta.uid ?? '');
  writer.string(6, meta.resourceVersion ?? '');
  writer.integer(7, 0); // generation: none of these kinds has one
  writeTime(writer, 8, meta.creationTimestamp);
  writeMap(writer, 11, meta.labels);
  writeMap(writer, 12, meta.annotations);
  for (const entry of meta.managedFields ?? []) {
    writer.message(17, () => writeManagedFields(writer, entry));
  }
}

function writeManagedFields(writer: ProtobufWriter, entry: ManagedFieldsEntry): void {
  writer.string(1, entry.manager);
  writer.string(2, entry.operation);
  writer.string(3, entry.apiVersion);
  if (entry.time !== undefined) writeTime(writer, 4, entry.time);
  writer.string(6, entry.fieldsType);
  if (entry.fieldsV1 !== undefined) {
    const fields = JSON.stringify(entry.fieldsV1);
    writer.message(7, () => writer.string(1, fields));
  }
  writer.string(8, entry.subresource ?? '');
}

/** metav1.Time: the server never fills the nanoseconds, but writes them; a zero time is an empty message. */
export function writeTime(writer: ProtobufWriter, field: number, time: string | undefined): void {
  writer.message(field, () => {
    if (time === undefined) return;
    writer.integer(1, Math.floor(Date.parse(time) / 1000));
    writer.integer(2, 0);
  });
}

/** metav1.MicroTime: the same message, and the part of the second that its JSON has too. */
export function writeMicroTime(writer: ProtobufWriter, field: number, time: string): void {
  const micros = /\.(\d{6})Z$/.exec(time)?.[1] ?? '0';
  writer.message(field, () => {
    writer.integer(1, Math.floor(Date.parse(time) / 1000));
    writer.integer(2, Number(micros) * 1000);
  });
}

/** A map from texts; `writeValue` writes a value as field 2 of its entry. */
export function writeMap(
  writer: ProtobufWriter,
  field: number,
  map: Readonly<Record<string, string>> = {},
  writeValue = (value: string): void => writer.string(2, value),
): void {
  // Go sorts by bytes; keys of labels, annotations and resources are ASCII, where UTF-16 order agrees.
  for (const [key, value] of Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.message(field, () => {
      writer.string(1, key);
      writeValue(value);
    });
  }
}
