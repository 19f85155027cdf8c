/**
 * Which projection fits whom. Those of MetalLB and frr-k8s are presets; the others are fields that the sources of that
 * program read, and to be verified before one relies on them. Pure.
 */
import { NODES } from '../../core/resource/node.ts';
import { customProjection, type ProjectionDefinition } from '../../core/projection/custom-projection.ts';
import { type Projection } from '../../core/projection/filter.ts';
import { PRESETS, projectionOf, type PresetName } from '../../core/projection/presets.ts';

interface Consumer {
  /** A preset, or fields that count. */
  readonly reads: PresetName | readonly string[];
  readonly note: string;
}

export const CONSUMERS = {
  metallb: { reads: 'metallb', note: 'every release of the MetalLB speaker' },
  'frr-k8s': { reads: 'labels', note: 'it reads the labels of its own Node' },
  flannel: {
    reads: ['metadata.annotations', 'spec.podCIDR', 'spec.podCIDRs'],
    note: 'it writes its own Node: see what it sends back before filtering',
  },
  traefik: { reads: ['status.addresses'], note: 'with NodePort load balancing' },
  'aws-load-balancer-controller': {
    reads: ['metadata.labels', 'spec.taints', 'status.conditions[type=Ready].status'],
    note: 'its handler of Nodes',
  },
  other: { reads: 'heartbeat', note: 'safe for whatever only reads Nodes' },
} as const satisfies Readonly<Record<string, Consumer>>;

export type ConsumerName = keyof typeof CONSUMERS;
export const CONSUMER_NAMES: readonly ConsumerName[] = Object.keys(CONSUMERS).filter(isConsumer);

function isConsumer(name: string): name is ConsumerName {
  return Object.hasOwn(CONSUMERS, name);
}

/** What is said to somebody who runs this consumer. */
export interface Fit {
  readonly consumer: ConsumerName;
  /** Its name among the counts. */
  readonly projection: string;
  /** For the config file; empty where it is a preset. */
  readonly paste: string;
  readonly note: string;
}

export function fitOf(consumer: ConsumerName): Fit {
  const { reads, note }: Consumer = CONSUMERS[consumer];
  if (typeof reads === 'string') return { consumer, projection: reads, paste: '', note };
  return { consumer, projection: consumer, paste: pasted(consumer, { by: 'include', paths: reads }), note };
}

/** Every preset, and what this consumer takes where that is none of them. */
export function projectionsFor(consumer: ConsumerName): readonly Projection[] {
  const presets = PRESETS.map(projectionOf);
  const { reads }: Consumer = CONSUMERS[consumer];
  if (typeof reads === 'string') return presets;
  const made = customProjection(NODES, consumer, { by: 'include', paths: reads });
  return 'projection' in made ? [...presets, made.projection] : presets;
}

/** A projection as the config file has it. */
export function pasted(name: string, { by, paths }: ProjectionDefinition): string {
  const lines = paths.map((path) => `      - ${JSON.stringify(path)}`);
  return `preset: ${name}\nprojections:\n  ${name}:\n    ${by}:\n${lines.join('\n')}\n`;
}
