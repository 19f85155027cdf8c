/** What the model's sidecar may filter by: the presets, and projections as users define them. */
import assert from 'node:assert/strict';
import { NODES } from '../../src/core/resource/node.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { projectionOf } from '../../src/core/projection/presets.ts';
import type { TestNode } from '../support/arbitrary-node.ts';
import { customMeaning, type Definition } from '../differential/meaning.ts';
import { PLANNED, project, type Planned } from '../support/projections.ts';
import type { Seen } from './model-object.ts';

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
export type ProjectionName = Planned | CustomName;

const CUSTOM = Object.keys(DEFINITIONS) as CustomName[];
export const PROJECTIONS: readonly ProjectionName[] = [...PLANNED, ...CUSTOM];

const made = new Map(
  CUSTOM.map((name) => {
    const custom = customProjection(NODES, name, DEFINITIONS[name]);
    assert.ok('projection' in custom);
    return [name, { projection: custom.projection, meaning: customMeaning(DEFINITIONS[name]) }] as const;
  }),
);

const SEEN = new Map(
  PROJECTIONS.map((name): [ProjectionName, Seen] => {
    const custom = made.get(name as CustomName);
    if (custom === undefined) {
      const preset = name as Planned;
      const meaningOf = (node: object): string => project(preset, node as TestNode);
      return [name, { name, projection: projectionOf(preset), meaningOf }];
    }
    return [
      name,
      { name, projection: custom.projection, meaningOf: (node) => custom.meaning.of({ ...node }) },
    ];
  }),
);

/** What a projection sees of Nodes, and what it means, by a judge that knows no plans. */
export function nodesSeenBy(name: ProjectionName): Seen {
  return SEEN.get(name) ?? assert.fail(`no projection is called ${name}`);
}
