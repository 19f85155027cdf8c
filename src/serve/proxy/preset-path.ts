/**
 * The path in a client's server URL (`https://HOST/for/PRESET`). It chooses the preset of this client and is removed
 * before forwarding. A target that begins with `/for/` but is malformed is never forwarded, because a different path
 * might select the preset of another client. Pure.
 */
import { staysBelow } from '../../platform/upstream/below-base.ts';

/** The presets that clients may have in their path. */
export interface ClientPresets {
  has(name: string): boolean;
  /** The preset that was most likely meant. */
  nearest(unknown: string): string | undefined;
}

export interface PresetPath {
  /** Empty if the path names none. */
  readonly preset: string;
  readonly target: string;
}

const PREFIX = '/for/';
/** The most characters of an unknown name in a message. */
const MOST_TOLD = 63;

/** @returns a message if the target must not be forwarded */
export function presetPathOf(rawTarget: string, presets: ClientPresets): PresetPath | string {
  if (!rawTarget.startsWith(PREFIX)) return { preset: '', target: rawTarget };
  const [preset = ''] = rawTarget.slice(PREFIX.length).split(/[/?]/, 1);
  if (!presets.has(preset)) return unknown(preset, presets.nearest(preset));
  const rest = rawTarget.slice(PREFIX.length + preset.length);
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  // If a program on the way resolved such segments, the path would lead out of the preset or into another one.
  if (!staysBelow(PREFIX, target)) return 'a path behind /for/PRESET may not hold . or .. as a segment';
  return target.startsWith(PREFIX) ? 'a path names one preset only' : { preset, target };
}

/** Adds the preset's prefix to a Location header. Without the prefix another preset would apply to the next request. */
export function locationBehind(preset: string, location: string): string {
  const isPath = location.startsWith('/') && !location.startsWith('//');
  return preset === '' || !isPath ? location : `${PREFIX}${preset}${location}`;
}

function unknown(preset: string, guess: string | undefined): string {
  const meant = guess === undefined ? '' : ` (did you mean ${guess}?)`;
  return `there is no preset ${JSON.stringify(preset.slice(0, MOST_TOLD))} for the path /for/PRESET${meant}`;
}
