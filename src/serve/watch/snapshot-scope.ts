/** The scope of a snapshot. Streams and lists with equal scopes see the same content and share snapshots. */
import { nameOf, type Resource } from '../../core/resource/resource.ts';
import type { Viewer } from './viewer.ts';

export interface SnapshotScope {
  /** The resource in the form in which it is sent: whole objects or only their metadata. */
  readonly resource: Resource;
  /** The namespace in the path; empty if there is none. */
  readonly namespace: string;
  /** The object named in the path; empty if there is none. */
  readonly name: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The name of the codec. Fingerprints of different codecs cannot be compared. */
  readonly encoding: string;
  /** Empty if all callers see the same objects. */
  readonly viewer: ReturnType<Viewer>;
  /** The key of the projection. */
  readonly projection: string;
}

/** Returns a key that two scopes share exactly if they are equal. */
export function scopeKey(scope: SnapshotScope): string {
  const { resource, namespace, name, labelSelector, fieldSelector, encoding, viewer, projection } = scope;
  const kind = [nameOf(resource), resource.version, resource.kind];
  const objects = [namespace, name, labelSelector, fieldSelector];
  return JSON.stringify([...kind, ...objects, encoding, viewer, projection]);
}
