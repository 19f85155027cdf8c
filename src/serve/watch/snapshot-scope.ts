/** Streams and lists share snapshots only where all of this is equal: they then see the same objects and parts. */
import { nameOf, type Resource } from '../../core/resource/resource.ts';
import { type Viewer } from './viewer.ts';

export interface SnapshotScope {
  /** Its kind as it is sent: whole objects, or their metadata only. */
  readonly resource: Resource;
  /** The one namespace in the path, or empty: a part of the objects is another state than all of them. */
  readonly namespace: string;
  /** The one object named in the path, or empty. */
  readonly name: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The codec's name: its fingerprints are its own. */
  readonly encoding: string;
  /** Empty where all see the same. */
  readonly viewer: ReturnType<Viewer>;
  /** Key of the projection. */
  readonly projection: string;
}

/** A key that two scopes share exactly when they are equal. */
export function scopeKey(scope: SnapshotScope): string {
  const { resource, namespace, name, labelSelector, fieldSelector, encoding, viewer, projection } = scope;
  const objects = [nameOf(resource), resource.kind, namespace, name, labelSelector, fieldSelector];
  return JSON.stringify([...objects, encoding, viewer, projection]);
}
