/**
 * What one source of settings (flags, environment, file) holds, before anyone asked whether the
 * values make sense; and how a name that no setting has is reported. Pure.
 */
import { nearest } from '../core/projection/nearest.ts';
import type { Definitions } from './read-projections.ts';
import type { ResourceEntry } from './read-resources.ts';
import type { SettingField } from './settings.ts';

/** One value as the user wrote it. */
export interface Given {
  readonly field: SettingField;
  readonly text: string;
  /** The setting's name as the user wrote it, with its place where that helps. */
  readonly source: string;
  /** Of `resources` where they are a mapping of the file. */
  readonly entries?: readonly ResourceEntry[];
}

/** All values of one source, strongest first, and what was wrong with the source itself. */
export interface Source {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
  /** What the file defines; undefined where it defines nothing. */
  readonly definitions?: Definitions;
}

/** ` (did you mean X?)` where one of `names` is close to `unknown`, otherwise nothing. */
export function didYouMean(unknown: string, names: readonly string[]): string {
  const best = nearest(unknown, names);
  return best === undefined ? '' : ` (did you mean ${best}?)`;
}
