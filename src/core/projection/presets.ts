/**
 * The named projections (R14): the parts of a Node that a client reads, given as a plan or by paths. Every preset also
 * contains the identity fields, so that a recreated Node and the beginning of a deletion are always forwarded.
 */
import { NODES } from '../resource/node.ts';
import { CONSUMERS, type ConsumerName } from './consumers.ts';
import { customProjection } from './custom-projection.ts';
import type { FieldsPlan, Plan } from './plan.ts';
import type { Projection } from './filter.ts';

/** The presets that are given as plans. */
export const PLANNED = ['metallb', 'metallb-upstream', 'labels', 'heartbeat'] as const;
export const PRESETS = [...PLANNED, ...(Object.keys(CONSUMERS) as ConsumerName[])] as const;
type Planned = (typeof PLANNED)[number];
export type PresetName = Planned | ConsumerName;

const IDENTITY = {
  uid: 'whole',
  deletionTimestamp: 'whole',
  finalizers: 'whole',
  ownerReferences: 'whole',
} as const satisfies Record<string, Plan>;

const LABELS = { fields: { ...IDENTITY, labels: 'map' }, rest: 'skip' } as const satisfies FieldsPlan;

/** frr-k8s reads only the labels of its own Node. */
const labels: FieldsPlan = { fields: { metadata: LABELS }, rest: 'skip' };

/** The API server accepts duplicate conditions in a PATCH; MetalLB reads the first match. */
const NETWORK_UNAVAILABLE = {
  where: 'type',
  equals: 'NetworkUnavailable',
  first: true,
  value: 'status',
} as const;

/**
 * Everything that any MetalLB release reads: all labels, the first NetworkUnavailable condition (since 0.13.10),
 * spec.unschedulable (since 0.14.9) and InternalIP addresses (since 0.15.0).
 */
const metallb: FieldsPlan = {
  fields: {
    metadata: LABELS,
    spec: { fields: { unschedulable: 'whole' }, rest: 'skip' },
    status: {
      fields: {
        conditions: { ...NETWORK_UNAVAILABLE, as: 'value' },
        addresses: { where: 'type', equals: 'InternalIP', first: false, value: 'address', as: 'value' },
      },
      rest: 'skip',
    },
  },
  rest: 'skip',
};

/** Reads what the predicate of MetalLB's own fix (0.14.6, PR #2452) reads: labels, and NetworkUnavailable == "True". */
const metallbUpstream: FieldsPlan = {
  fields: {
    metadata: LABELS,
    status: { fields: { conditions: { ...NETWORK_UNAVAILABLE, as: 'isTrue' } }, rest: 'skip' },
  },
  rest: 'skip',
};

/** Everything except the fields that a heartbeat rewrites: safe for any reader. Unknown fields count too. */
const heartbeat: FieldsPlan = {
  fields: {
    metadata: {
      fields: { resourceVersion: 'skip', managedFields: 'skip', labels: 'map', annotations: 'map' },
      rest: 'whole',
    },
    status: {
      fields: {
        conditions: { each: { fields: { lastHeartbeatTime: 'skip' }, rest: 'whole' } },
        capacity: 'map',
        allocatable: 'map',
      },
      rest: 'whole',
    },
  },
  rest: 'whole',
};

const PLANS: Readonly<Record<Planned, FieldsPlan>> = {
  metallb,
  'metallb-upstream': metallbUpstream,
  labels,
  heartbeat,
};

const isPlanned = (preset: PresetName): preset is Planned => Object.hasOwn(PLANS, preset);

export function planOf(preset: PresetName): FieldsPlan {
  return projectionOf(preset).plan;
}

/** The projection of a preset. Its paths are compiled here, on demand, so that an unused preset costs nothing. */
export function projectionOf(preset: PresetName): Projection {
  if (isPlanned(preset)) return { name: preset, key: preset, plan: PLANS[preset] };
  const made = customProjection(NODES, preset, { by: 'include', paths: CONSUMERS[preset] });
  if ('problems' in made) throw new Error(made.problems.map(({ message }) => message).join('; '));
  return made.projection;
}
