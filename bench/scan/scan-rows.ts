/** The rows of scan + verdict (R36): what one decision costs, without sockets. */
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import type { Measure } from '../measures.ts';

const GROUP = 'scan + verdict, per event (R36)';
const CASE = fileURLToPath(new URL('scan-case.ts', import.meta.url));
const ENCODINGS = ['json', 'protobuf'] as const;
const SHOWN_PRESETS = ['metallb', 'heartbeat'] as const;
const TIMEOUT_MS = 60_000;

/** One repeat of every case. @param rounds see scan-case.ts */
export async function scanRows(rounds: number): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS)
    for (const preset of SHOWN_PRESETS) {
      const { sieve, parse, search } = await runCase(encoding, preset, rounds);
      const common = { group: GROUP, encoding } as const;
      measures.push(
        { ...common, row: `preset ${preset}`, unit: 'µs', value: sieve },
        {
          ...common,
          row: `JSON.parse ÷ preset ${preset}`,
          unit: '×',
          value: parse / sieve,
        },
        {
          ...common,
          row: `preset ${preset} ÷ one indexOf pass`,
          unit: '×',
          value: sieve / search,
        },
        { ...common, row: 'JSON.parse of the same Node', unit: 'µs', value: parse },
        { ...common, row: 'one indexOf pass over the same bytes', unit: 'µs', value: search },
      );
    }
  return measures;
}

async function runCase(
  encoding: string,
  preset: string,
  rounds: number,
): Promise<{ sieve: number; parse: number; search: number }> {
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
