/** P1, P2: scan + verdict (R36), what one decision costs without sockets. */
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { ENCODINGS, type Rig } from '../rig.ts';

const GROUP = 'scan + verdict, per event (R36)';
const CASE = fileURLToPath(new URL('../scan/scan-case.ts', import.meta.url));
const SHOWN_PRESETS = ['metallb', 'heartbeat'] as const;
const BUDGET = { json: 'P1', protobuf: 'P2' } as const;
const TIMEOUT_MS = 120_000;

export async function scanRows({ size }: Rig): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS)
    for (const preset of SHOWN_PRESETS) {
      const { sieve, parse, search } = await runCase(encoding, preset, size.scanRounds);
      const row = measuresOf(GROUP, encoding);
      const budget = preset === 'metallb' ? BUDGET[encoding] : undefined;
      measures.push(
        row(`preset ${preset}`, 'µs', sieve),
        row(`JSON.parse ÷ preset ${preset}`, '×', parse / sieve, budget),
        row(`preset ${preset} ÷ one indexOf pass`, '×', sieve / search),
        row('JSON.parse of the same Node', 'µs', parse),
        row('one indexOf pass over the same bytes', 'µs', search),
      );
    }
  return measures;
}

async function runCase(
  encoding: string,
  preset: string,
  rounds: number,
): Promise<{ readonly sieve: number; readonly parse: number; readonly search: number }> {
  const name = `scan case ${encoding} ${preset}`;
  const args = [CASE, encoding, preset, String(rounds)];
  const ended = await runToEnd({ name, command: process.execPath, args, timeoutMs: TIMEOUT_MS });
  if (ended.code !== 0) throw new Error(`${name} ended with ${ended.code}:\n${ended.stderr}`);
  const figures = parseJson(ended.stdout);
  return {
    sieve: numberAt(figures, 'sieve'),
    parse: numberAt(figures, 'parse'),
    search: numberAt(figures, 'search'),
  };
}
