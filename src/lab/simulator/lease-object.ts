/** coordination.k8s.io/v1 Leases: how the simulator makes, changes and encodes them (see api-object.ts). */
import type { ApiObject, ObjectMeta } from './api-object.ts';
import { writeMicroTime, writeObjectMeta } from './protobuf-meta.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

/** coordinationv1.LeaseSpec. Times are RFC 3339 with microseconds. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseObject extends ApiObject {
  readonly spec: LeaseSpec;
}

/** Whose Lease it is, and when it was taken (RFC 3339 with microseconds). */
export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  readonly holder: string;
  readonly time: string;
}

export function createLease({ namespace, name, holder, time }: LeaseOptions): LeaseObject {
  const metadata: ObjectMeta = {
    name,
    namespace,
    uid: `lease-${namespace}-${name}-${time}`,
    creationTimestamp: time.replace(/\.\d+Z$/, 'Z'),
  };
  const spec = { acquireTime: time, renewTime: time, leaseTransitions: 0 };
  return { metadata, spec: { holderIdentity: holder, leaseDurationSeconds: 15, ...spec } };
}

/** What a leader writes every few seconds: another time, nothing else. */
export function withRenewal(lease: LeaseObject, renewTime: string): LeaseObject {
  return { ...lease, spec: { ...lease.spec, renewTime } };
}

/** Another leader has taken it. */
export function withHolder(lease: LeaseObject, holderIdentity: string): LeaseObject {
  const leaseTransitions = (lease.spec.leaseTransitions ?? 0) + 1;
  return { ...lease, spec: { ...lease.spec, holderIdentity, leaseTransitions } };
}

/** Writes the fields of a Lease message: all of its spec are pointers, written only where they are there. */
export function writeLease(writer: ProtobufWriter, { metadata, spec }: LeaseObject): void {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = spec;
  writer.message(1, () => writeObjectMeta(writer, metadata));
  writer.message(2, () => {
    if (holderIdentity !== undefined) writer.string(1, holderIdentity);
    if (leaseDurationSeconds !== undefined) writer.integer(2, leaseDurationSeconds);
    if (acquireTime !== undefined) writeMicroTime(writer, 3, acquireTime);
    if (renewTime !== undefined) writeMicroTime(writer, 4, renewTime);
    if (leaseTransitions !== undefined) writer.integer(5, leaseTransitions);
  });
}
