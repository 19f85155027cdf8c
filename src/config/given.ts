/**
 * The values of one source of settings (flags, environment, file), before they are checked; and the message about an
 * unknown name. Pure.
 */
import { nearest } from '../core/projection/nearest.ts';
import type { Definitions } from './read-projections.ts';
import type { ResourceEntry } from './read-resources.ts';
import type { SettingField } from './settings.ts';

/** One value as the user wrote it. */
export interface Given {
  readonly field: SettingField;
  readonly text: string;
  /** The setting's name as the user wrote it, with its place if that helps. */
  readonly source: string;
  /** The entries of `resources`, if the file has a mapping there. */
  readonly entries?: readonly ResourceEntry[];
}

/** All values of one source, strongest first, and the problems of the source itself. */
export interface Source {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
  /** The projections that the file defines; undefined if it defines none. */
  readonly definitions?: Definitions;
}

/** ` (did you mean X?)` if one of `names` is close to `unknown`; otherwise empty. */
export function didYouMean(unknown: string, names: readonly string[]): string {
  const best = nearest(unknown, names);
  return best === undefined ? '' : ` (did you mean ${best}?)`;
}
