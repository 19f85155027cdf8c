/**
 * What one source of settings (flags, environment, file) holds, before anyone asked whether the
 * values make sense; and how a name that no setting has is reported. Pure.
 */
import type { Projections } from './read-projections.ts';
import type { SettingField } from './settings.ts';

/** One value as the user wrote it. */
export interface Given {
  readonly field: SettingField;
  readonly text: string;
  /** The setting's name as the user wrote it, with its place where that helps. */
  readonly source: string;
}

/** All values of one source, strongest first, and what was wrong with the source itself. */
export interface Source {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
  /** Those of the file. */
  readonly projections?: Projections;
}

/** ` (did you mean X?)` where one of `names` is close to `unknown`, otherwise nothing. */
export function didYouMean(unknown: string, names: readonly string[]): string {
  let best: string | undefined;
  // Two letters swapped count as two; with more than three wrong it is another word.
  let limit = unknown.length < 4 ? 2 : unknown.length < 9 ? 3 : 4;
  for (const name of names) {
    // So many letters are wrong at least: a name of any length costs nothing.
    if (Math.abs(unknown.length - name.length) >= limit) continue;
    const distance = editDistance(unknown, name);
    if (distance < limit) [best, limit] = [name, distance];
  }
  return best === undefined ? '' : ` (did you mean ${best}?)`;
}

/** Levenshtein: insertions, deletions and replacements, letter case counting as nothing. */
function editDistance(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
