/**
 * What all objects of the simulator have, and Status, shaped as they appear in JSON. Objects are immutable: a change
 * makes a new one. Keys are created in the order of the Go structs, because the order of keys in JSON is the order of
 * creation.
 */

/** metav1.ObjectMeta. */
export interface ObjectMeta {
  readonly name?: string;
  /** Absent where the objects of a kind lie in none. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339, whole seconds, as all times here. */
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** metav1.ManagedFieldsEntry. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: string;
  /** A tree of field names; protobuf carries it as JSON text. */
  readonly fieldsV1?: object;
  readonly subresource?: string;
}

/** Any object, without kind and apiVersion, which the encoders add where the server does. */
export interface ApiObject {
  readonly metadata: ObjectMeta;
}

/** metav1.Status without kind and apiVersion; always a failure here. */
export interface StatusObject {
  readonly message: string;
  /** Absent where the server gives none: protobuf writes it empty. */
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** metav1.StatusDetails. */
export interface StatusDetails {
  readonly name?: string;
  /** Empty and absent for the core group. */
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string }[];
  readonly retryAfterSeconds?: number;
}

/** What tells an object from the others of its kind; sorts as the API server lists them. */
export function keyOf({ namespace, name = '' }: ObjectMeta): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The same object at another resourceVersion. */
export function withResourceVersion<O extends ApiObject>(object: O, resourceVersion: number): O {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
}
