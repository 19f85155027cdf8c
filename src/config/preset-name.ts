/** The allowed values of `preset` and `clientPresets`. Pure. */
import { PRESETS } from '../core/projection/presets.ts';
import type { Kind } from './kinds.ts';

/** Whether the file defines a projection of this name is checked once the whole file was read. */
export const presetName: Kind<string> = {
  label: PRESETS.join('|'),
  allowed: `one of ${PRESETS.join(', ')}, or a name under projections in the config file`,
  schema: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', examples: [...PRESETS] },
  parse: (text) => (/^[a-z][a-z0-9-]*$/.test(text) ? text : undefined),
};

/** The most names for which a kubeconfig is written (I6). */
export const MAX_NAMES = 50;

export const presetNames: Kind<readonly string[]> = {
  label: 'name,...',
  allowed: `names of presets, separated by commas, ${MAX_NAMES} at most`,
  schema: { type: 'string' },
  parse(text) {
    const names = text.split(',').map((name) => name.trim());
    const isEach = names.length <= MAX_NAMES && names.every((name) => presetName.parse(name) !== undefined);
    return isEach ? [...new Set(names)] : undefined;
  },
};
