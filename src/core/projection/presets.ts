/**
 * The named projections (R14). Each is a plan: the parts of a Node that some client reads. Every preset also holds
 * the identity fields, so that a node made anew under an old name, or one being deleted, always passes.
 */
import { type FieldsPlan, type Plan } from './plan.ts';
import { type Projection } from './filter.ts';

export const PRESETS = ['metallb', 'metallb-upstream', 'labels', 'heartbeat'] as const;
export type PresetName = (typeof PRESETS)[number];

const IDENTITY = {
  uid: 'whole',
  deletionTimestamp: 'whole',
  finalizers: 'whole',
  ownerReferences: 'whole',
} as const satisfies Record<string, Plan>;

const LABELS = { fields: { ...IDENTITY, labels: 'map' }, rest: 'skip' } as const satisfies FieldsPlan;

/** frr-k8s reads the labels of its own Node, and nothing else. */
const labels: FieldsPlan = { fields: { metadata: LABELS }, rest: 'skip' };

/**
 * The union of what every MetalLB release reads: labels (all), the first NetworkUnavailable condition (0.13.10 on),
 * spec.unschedulable (0.14.9), InternalIP addresses (0.15.0).
 */
const metallb: FieldsPlan = {
  fields: {
    metadata: LABELS,
    spec: { fields: { unschedulable: 'whole' }, rest: 'skip' },
    status: {
      fields: {
        conditions: {
          where: 'type',
          equals: 'NetworkUnavailable',
          // The API server accepts duplicates on PATCH; MetalLB takes the first match.
          first: true,
          value: 'status',
          as: 'value',
        },
        addresses: { where: 'type', equals: 'InternalIP', first: false, value: 'address', as: 'value' },
      },
      rest: 'skip',
    },
  },
  rest: 'skip',
};

/** Exactly the predicate of MetalLB's own fix (0.14.6, PR #2452): labels, and NetworkUnavailable == "True". */
const metallbUpstream: FieldsPlan = {
  fields: {
    metadata: LABELS,
    status: {
      fields: {
        conditions: {
          where: 'type',
          equals: 'NetworkUnavailable',
          first: true,
          value: 'status',
          as: 'isTrue',
        },
      },
      rest: 'skip',
    },
  },
  rest: 'skip',
};

/** Everything but what a heartbeat rewrites: safe for any reader. Fields unknown to us are part of "everything". */
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

const PLANS: Readonly<Record<PresetName, FieldsPlan>> = {
  metallb,
  'metallb-upstream': metallbUpstream,
  labels,
  heartbeat,
};

/** What a scanner has to take for this preset. */
export function planOf(preset: PresetName): FieldsPlan {
  return PLANS[preset];
}

/** The preset as a stream takes it. */
export function projectionOf(preset: PresetName): Projection {
  return { name: preset, key: preset, plan: PLANS[preset] };
}
