/** The preset for each program: the one with the program's name, or one listed here. Pure. */
import type { ProjectionDefinition } from '../../core/projection/custom-projection.ts';
import { CONSUMERS } from '../../core/projection/consumers.ts';
import type { PresetName } from '../../core/projection/presets.ts';

const PRESET_OF = {
  metallb: 'metallb',
  'frr-k8s': 'labels',
  ...(Object.fromEntries(Object.keys(CONSUMERS).map((name) => [name, name])) as {
    readonly [Name in keyof typeof CONSUMERS]: Name;
  }),
  other: 'heartbeat',
} as const satisfies Readonly<Record<string, PresetName>>;

export type ConsumerName = keyof typeof PRESET_OF;
export const CONSUMER_NAMES = Object.keys(PRESET_OF) as ConsumerName[];

/** The advice for users of this program. */
export interface Fit {
  readonly consumer: ConsumerName;
  /** The name among the counted projections. */
  readonly projection: PresetName;
}

export function fitOf(consumer: ConsumerName): Fit {
  return { consumer, projection: PRESET_OF[consumer] };
}

/** The projection as text for the config file. */
export function pasted(name: string, { by, paths }: ProjectionDefinition): string {
  const lines = paths.map((path) => `      - ${JSON.stringify(path)}`);
  return `preset: ${name}\nprojections:\n  ${name}:\n    ${by}:\n${lines.join('\n')}\n`;
}
