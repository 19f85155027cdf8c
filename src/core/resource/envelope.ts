/**
 * The field numbers of the messages around and inside every object, from kubernetes/apimachinery
 * pkg/apis/meta/v1/generated.proto and pkg/runtime/generated.proto (v0.37).
 */

/** meta.v1 WatchEvent. It has no `k8s\0` magic, because StreamSerializer is the raw serializer. */
export const WATCH_EVENT = { type: 1, object: 2 } as const;
/** runtime.RawExtension */
export const RAW_EXTENSION = { raw: 1 } as const;
/** runtime.Unknown, the message after the magic in RawExtension.raw. */
export const UNKNOWN = { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 } as const;
/** runtime.TypeMeta. Beware: meta.v1.TypeMeta numbers these two fields the other way round. */
export const TYPE_META = { apiVersion: 1, kind: 2 } as const;
/** apimachinery pkg/runtime/serializer/protobuf/protobuf.go, protoEncodingPrefix */
export const MAGIC = Buffer.from('k8s\0', 'latin1');
/** Any object; its field 1 is the ObjectMeta. */
export const OBJECT = { metadata: 1 } as const;
/** Any list; its field 1 is a meta.v1 ListMeta. */
export const LIST = { metadata: 1, items: 2 } as const;
export const LIST_META = { resourceVersion: 2, continue: 3 } as const;
/** An entry of any map<string, ...>. */
export const MAP_ENTRY = { key: 1, value: 2 } as const;
/** The fields of ObjectMeta that a scanner reads for any plan. */
export const META = { name: 1, namespace: 3, resourceVersion: 6, annotations: 12 } as const;
