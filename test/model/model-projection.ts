/** What the model's sidecar may filter by: the presets, and projections as users define them. */
import assert from 'node:assert/strict';
import { NODES } from '../../src/core/resource/node.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { type Projection } from '../../src/core/projection/filter.ts';
import { PRESETS, projectionOf, type PresetName } from '../../src/core/projection/presets.ts';
import { type TestNode } from '../support/arbitrary-node.ts';
import { customMeaning, type Definition } from '../differential/meaning.ts';
import { project } from '../support/projections.ts';

/** Each sees what all presets see: the labels. */
const DEFINITIONS = {
  some: {
    by: 'include',
    paths: ['spec.unschedulable', 'status.addresses[*].address', 'metadata.labels', 'status.addresses'],
  },
  'all but noise': {
    by: 'exclude',
    paths: ['metadata.managedFields', 'metadata.annotations', 'status.conditions[*].lastHeartbeatTime'],
  },
} as const satisfies Record<string, Definition>;

type CustomName = keyof typeof DEFINITIONS;
export type ProjectionName = PresetName | CustomName;

const CUSTOM = Object.keys(DEFINITIONS) as CustomName[];
export const PROJECTIONS: readonly ProjectionName[] = [...PRESETS, ...CUSTOM];

const made = new Map(
  CUSTOM.map((name) => {
    const custom = customProjection(NODES, name, DEFINITIONS[name]);
    assert.ok('projection' in custom);
    return [name, { projection: custom.projection, meaning: customMeaning(DEFINITIONS[name]) }] as const;
  }),
);

/** As the sidecar takes it. One object for each, as the program has it. */
export function projectionNamed(name: ProjectionName): Projection {
  const custom = made.get(name as CustomName);
  return custom === undefined ? projectionOf(name as PresetName) : custom.projection;
}

/** What it means, by a judge that knows no plans. */
export function meaningOf(name: ProjectionName, node: TestNode): string {
  const custom = made.get(name as CustomName);
  return custom === undefined ? project(name as PresetName, node) : custom.meaning.of({ ...node });
}
