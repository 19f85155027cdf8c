/**
 * What frames are looked at through: the presets, and projections as users define them. Each has the plan that the product
 * makes of it, and what it means to a judge that knows no plans.
 */
import assert from 'node:assert/strict';
import { NODES } from '../../src/core/resource/node.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { PLANNED } from '../support/projections.ts';
import type { FieldsPlan } from '../../src/core/projection/plan.ts';
import { decodeEvent } from '../differential/decode.ts';
import { customMeaning, type Definition } from '../differential/meaning.ts';
import type { TestEncoding } from '../support/sieving.ts';
import { projected } from './projection.ts';
import type { DecodedEvent } from './targets/decoders.ts';

export interface Lens {
  readonly name: string;
  readonly plan: FieldsPlan;
  /** Whether two frames as a server spells them are equal exactly if they mean the same; else only if they do. */
  readonly isExact: boolean;
  /** Equal for two frames only if the projection sees no difference between them. */
  meaning(encoding: TestEncoding, frame: Buffer, decoded: DecodedEvent): string;
}

const DEFINITIONS: readonly Definition[] = [
  {
    by: 'exclude',
    paths: ['metadata.managedFields', 'status.images', 'status.conditions[*].lastHeartbeatTime'],
  },
  { by: 'exclude', paths: ['status.conditions', 'metadata.annotations', 'spec.taints[*].effect'] },
  { by: 'exclude', paths: ['status', 'spec'] },
  {
    by: 'include',
    paths: [
      'metadata.labels',
      'status.allocatable',
      'status.conditions[type=Ready].status',
      'status.addresses[*].address',
    ],
  },
  { by: 'include', paths: ['status', 'status.addresses[*].type'] },
  { by: 'include', paths: ['metadata.ownerReferences[*].name', 'metadata', 'status.nodeInfo.kernelVersion'] },
  { by: 'include', paths: ['spec', 'status.addresses[type=InternalIP].address', 'metadata.labels'] },
  { by: 'include', paths: ['spec.taints[*].key', 'status.capacity', 'status.conditions[*].reason'] },
  {
    by: 'include',
    paths: [
      'metadata.annotations["a"]',
      'metadata.labels["k*"]',
      'status.allocatable["cpu"]',
      'status.conditions[type=Ready]',
      'status.conditions[type=NetworkUnavailable].status',
      'status.conditions[*].reason',
      'status.addresses[type=InternalIP].address',
      'status.addresses[type=ExternalIP].address',
    ],
  },
  {
    by: 'exclude',
    paths: [
      'metadata.managedFields',
      'metadata.annotations["a*"]',
      'metadata.labels["a"]',
      'status.capacity["memory"]',
      'status.conditions[type=Ready].lastHeartbeatTime',
      'status.addresses[type=Hostname]',
    ],
  },
];

export const LENSES: readonly Lens[] = [
  ...PLANNED.map((name): Lens => ({
    name,
    plan: planOf(name),
    isExact: true,
    meaning: (_encoding, _frame, { object }) => projected(name, object),
  })),
  ...DEFINITIONS.map((definition): Lens => {
    const made = customProjection(NODES, 'mine', definition);
    assert.ok('projection' in made, `refused: ${JSON.stringify(definition)}`);
    const meaning = customMeaning(definition);
    return {
      name: meaning.name,
      plan: made.projection.plan,
      isExact: false,
      meaning: (encoding, frame) =>
        decodeEvent(encoding, frame, true)
          .readings.map((reading) => meaning.of(reading))
          .join('\n\n'),
    };
  }),
];

/** The one that this byte of an input stands for. */
export function lensOf(byte: number | undefined): Lens {
  const lens = LENSES[(byte ?? 0) % LENSES.length];
  assert.ok(lens !== undefined);
  return lens;
}
