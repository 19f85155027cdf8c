/** Scan + verdict over somebody's own recording (R50): what one decision costs on Nodes as they really are. */
import { fileURLToPath } from 'node:url';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { runToEnd } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import { measuresOf, type Measure } from '../measures.ts';
import type { Rig } from '../rig.ts';
import type { Section } from '../sections.ts';

const CASE = fileURLToPath(new URL('../scan/recorded-case.ts', import.meta.url));
const TIMEOUT_MS = 300_000;
/** Of the rounds of a case with Nodes of the bench: a recording holds more events than those. */
const ROUNDS_SHARE = 0.25;

/** @param file - made by `watchsieve record` */
export function recordedSection(file: string): Section {
  return { title: 'recording', budgets: [], repeats: 'all', run: (rig) => recordedRows(rig, file) };
}

async function recordedRows({ size }: Pick<Rig, 'size'>, file: string): Promise<Measure[]> {
  const row = measuresOf('recorded events, scan + verdict, per event (R50)', 'json');
  const rounds = Math.ceil(size.scanRounds * ROUNDS_SHARE);
  const measures: Measure[] = [];
  for (const preset of PRESETS) {
    const name = `recorded case ${preset}`;
    const args = [CASE, file, preset, String(rounds)];
    const ended = await runToEnd({ name, command: process.execPath, args, timeoutMs: TIMEOUT_MS });
    if (ended.code !== 0) throw new Error(`${name} ended with ${ended.code}:\n${ended.stderr}`);
    const figures = parseJson(ended.stdout);
    const [sieve, parse] = [numberAt(figures, 'sieve'), numberAt(figures, 'parse')];
    measures.push(
      row(`preset ${preset} swallows`, '%', 100 * numberAt(figures, 'swallowed')),
      row(`preset ${preset}`, 'µs', sieve),
      row(`JSON.parse ÷ preset ${preset}`, '×', parse / sieve),
      row('JSON.parse of the same events', 'µs', parse),
      row('one indexOf pass over the same bytes', 'µs', numberAt(figures, 'search')),
    );
  }
  return measures;
}
