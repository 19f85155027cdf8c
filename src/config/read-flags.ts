/** Flags of settings → given values. Pure. */
import type { Source } from './given.ts';
import { readRows } from './read-rows.ts';
import { SETTING_FIELDS, SETTINGS } from './settings.ts';

const ROWS = SETTING_FIELDS.map((field) => ({
  field,
  flag: SETTINGS[field].flag,
  kind: SETTINGS[field].kind,
}));

/** Of a flag given twice the last one wins. */
export function readFlags(argv: readonly string[]): Source {
  const { given, problems } = readRows(argv, ROWS);
  return {
    given: given.map(({ row, text, source }) => ({ field: row.field, text, source })).reverse(),
    problems,
  };
}
