/** Flags of settings → given values. Pure. */
import type { Given, Source } from './given.ts';
import { readRows } from './read-rows.ts';
import type { Setting } from './setting.ts';
import { SETTING_FIELDS, SETTINGS } from './settings.ts';

const ROWS = SETTING_FIELDS.map((field) => ({
  field,
  flag: SETTINGS[field].flag,
  kind: SETTINGS[field].kind,
}));

/** If a flag is given several times, the last value counts, unless the flag may repeat. */
export function readFlags(argv: readonly string[]): Source {
  const { given, problems } = readRows(argv, ROWS);
  const all = given.map(({ row: { field }, text, source }): Given => ({ field, text, source })).reverse();
  return {
    given: all.filter((one) => !isRepeated(one)).concat(all.filter(isRepeated).reduceRight(joined, [])),
    problems,
  };
}

function isRepeated({ field }: Given): boolean {
  const row: Setting<unknown> = SETTINGS[field];
  return row.repeats === true;
}

/** Joins the values of a flag that may repeat. */
function joined(before: readonly Given[], { field, text, source }: Given): Given[] {
  const known = before.find((one) => one.field === field);
  const others = before.filter((one) => one !== known);
  return [...others, { field, text: known === undefined ? text : `${known.text},${text}`, source }];
}
