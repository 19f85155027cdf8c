/**
 * The objects of the model: a few fields inside the projections and a few outside, each with values that come back
 * often, in the shape that the simulator's encoders take. Which resource they are of is its subject's matter.
 */
import type { Projection } from '../../src/core/projection/filter.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import type { ApiObject, ObjectMeta } from '../../src/lab/simulator/api-object.ts';
import type { Kind } from '../../src/lab/simulator/kind.ts';
import type { ProjectionName } from './model-projection.ts';

/** Immutable: a change makes a new one, so that what was computed for one may be kept. */
export interface ModelObject extends ApiObject {
  readonly metadata: ObjectMeta & { readonly name: string; readonly resourceVersion: string };
}

/** A projection, and what it means by a judge that knows no plans. One object for each. */
export interface Seen {
  readonly name: string;
  readonly projection: Projection;
  meaningOf(object: ModelObject): string;
}

/** What the model is played with. */
export interface Subject {
  readonly resource: Resource;
  /** The same, as the simulator serves it. */
  readonly kind: Kind;
  /** Whether it has no protobuf: who asks for that is sent JSON. */
  readonly isJsonOnly?: true;
  /** What clients ask for in place of whole objects. */
  readonly asked?: 'PartialObjectMetadata';
  /** Those of the objects there may be; the first half of them is there from the beginning. */
  readonly keys: readonly string[];
  readonly scopes: readonly ModelScope[];
  /** What the sidecar may filter by; where there are fewer, several names stand for one. */
  readonly seen: (name: ProjectionName) => Seen;
  /** What all of them see: a client that was served under several can be held to no more. */
  readonly least: Seen;
  readonly objectOf: (state: ObjectState, resourceVersion: string) => ModelObject;
}

export interface ObjectState {
  /** Namespace and name, see the simulator's keyOf. */
  readonly key: string;
  readonly uid: number;
  /** Index of {@link LABELS}. */
  readonly labels: number;
  readonly cordoned: boolean;
  /** One of three. */
  readonly network: number;
  readonly address: number;
  /** Outside of every projection. */
  readonly beat: number;
  /** Outside of every projection but `heartbeat`. */
  readonly note: number;
  /** So long that its frames are over the limit. */
  readonly isBig: boolean;
}

/** Selectors see only `zone`. The others differ by where a byte stands, not by which bytes there are. */
export const LABELS: readonly (Record<string, string> | undefined)[] = [
  { zone: 'in' },
  { zone: 'out' },
  { a: 'bc', zone: 'in' },
  { ab: 'c', zone: 'in' },
  undefined,
  { abc: '', zone: 'in' },
];
export const LABEL_VARIANTS = LABELS.length;
/** Labels that no selector of the model takes. */
export const OUT_OF_ZONE = 1;

export const MANAGED_FIELDS = [
  { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' },
];

/** Above any frame of a small object, below any of a big one. */
export const MAX_FRAME_BYTES = 4096;
export const BIG = 'x'.repeat(MAX_FRAME_BYTES + 1000);

/** An object as it is first added. */
export function freshState(key: string, uid: number): ObjectState {
  return {
    key,
    uid,
    labels: 0,
    cordoned: false,
    network: 0,
    address: 1,
    beat: 0,
    note: 0,
    isBig: false,
  };
}

/** What part of an object is changed; `zone` takes it out of a selector or back, `swap` gives it a new uid within one MODIFIED. */
export type Part = 'labels' | 'zone' | 'cordoned' | 'network' | 'address' | 'note' | 'big' | 'swap';

export function changed(state: ObjectState, part: Part, value: number, newUid: number): ObjectState {
  switch (part) {
    case 'labels':
      return { ...state, labels: value };
    case 'zone':
      return { ...state, labels: state.labels === OUT_OF_ZONE ? 0 : OUT_OF_ZONE };
    case 'cordoned':
      return { ...state, cordoned: !state.cordoned };
    case 'network':
      return { ...state, network: value };
    case 'address':
      return { ...state, address: 1 + (value % 2) };
    case 'note':
      return { ...state, note: value };
    case 'big':
      return { ...state, isBig: !state.isBig };
    case 'swap':
      return { ...state, uid: newUid };
  }
}

/** The same object as the event that removed it carries it. */
export function atResourceVersion<O extends ModelObject>(object: O, resourceVersion: string): O {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

const PROJECTED = new Map<Seen, WeakMap<ModelObject, string>>();

/** What a projection sees of this object, by the oracle. */
export function projectionOf(seen: Seen, object: ModelObject): string {
  let known = PROJECTED.get(seen);
  if (known === undefined) PROJECTED.set(seen, (known = new WeakMap()));
  let projection = known.get(object);
  if (projection === undefined) known.set(object, (projection = seen.meaningOf(object)));
  return projection;
}

export type Store = ReadonlyMap<string, ModelObject>;

const NOTHING_OWED: ReadonlySet<string> = new Set();

/** What differs between two stores as this projection sees them, but for what is owed; undefined where nothing does. */
export function difference(
  seen: Seen,
  found: Store,
  expected: Store,
  owed: ReadonlySet<string> = NOTHING_OWED,
): string | undefined {
  for (const [key, object] of expected) {
    const other = found.get(key);
    if (other === undefined) return `${key} is missing`;
    if (owed.has(key)) continue;
    if (other !== object && projectionOf(seen, other) !== projectionOf(seen, object))
      return `${key} is at ${other.metadata.resourceVersion}, which is not as at ${object.metadata.resourceVersion}`;
  }
  for (const key of found.keys()) if (!expected.has(key)) return `${key} is a ghost`;
  return undefined;
}

/** What a client asks for. */
export interface ModelScope {
  /** Empty: all. */
  readonly namespace: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly matches: (object: ModelObject) => boolean;
}

export function within(scope: ModelScope, store: Store): Map<string, ModelObject> {
  return new Map([...store].filter(([, object]) => scope.matches(object)));
}
