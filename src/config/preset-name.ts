/** The allowed values of `preset` and `clientPresets`. Pure. */
import { PRESETS } from '../core/projection/presets.ts';
import { type Kind, list } from './kinds.ts';

function parseName(text: string): string | undefined {
  return /^[a-z][a-z0-9-]*$/.test(text) ? text : undefined;
}

/** Whether the file defines a projection of this name is checked once the whole file was read. */
export const presetName: Kind<string> = {
  label: PRESETS.join('|'),
  allowed: `one of ${PRESETS.join(', ')}, or a name under projections in the config file`,
  schema: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', examples: [...PRESETS] },
  parse: parseName,
};

/** The most names for which a kubeconfig is written (I6). */
export const MAX_NAMES = 50;

const NAMES = list(
  'name,...',
  `names of presets, separated by commas, ${MAX_NAMES} at most`,
  MAX_NAMES,
  parseName,
);

export const presetNames: Kind<readonly string[]> = {
  ...NAMES,
  parse(text) {
    const names = NAMES.parse(text);
    return names && [...new Set(names)];
  },
};
