/** What a bench yields: named values, one per repeat, from which come the table and the JSON file. */
import type { BudgetId } from './budgets.ts';

export type Unit = 'µs' | 'ms' | 'ms/MB' | 'MiB' | 'bytes' | 'events/s' | '/s' | '×' | '%';

/** One value of one row in one repeat. */
export interface Measure {
  readonly group: string;
  readonly row: string;
  /** Empty where the row has nothing to do with one. */
  readonly encoding: 'json' | 'protobuf' | '';
  readonly unit: Unit;
  readonly value: number;
  /** Which budget is for this row. */
  readonly budget?: BudgetId;
}

/** All values of one row. */
export interface Row extends Omit<Measure, 'value'> {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
}

/** Makes the measures of one group. */
export function measuresOf(
  group: string,
  encoding: Measure['encoding'] = '',
): (row: string, unit: Unit, value: number, budget?: BudgetId) => Measure {
  return (row, unit, value, budget) => ({
    group,
    row,
    encoding,
    unit,
    value,
    ...(budget !== undefined && { budget }),
  });
}

/** Gathers the values of each row. Groups, and rows in them, come in the order of their first appearance. */
export function toRows(measures: readonly Measure[]): Row[] {
  const rows: Row[] = [];
  for (const ofGroup of Map.groupBy(measures, ({ group }) => group).values())
    for (const ofRow of Map.groupBy(ofGroup, ({ row }) => row).values())
      for (const [encoding, ofEncoding] of Map.groupBy(ofRow, (measure) => measure.encoding)) {
        const [first] = ofEncoding;
        if (first === undefined) continue;
        const { value: _value, ...rest } = first;
        const samples = ofEncoding.map(({ value }) => value);
        if (!samples.every(Number.isFinite))
          throw new Error(`${rest.group}: ${rest.row} ${encoding}: not a number`);
        rows.push({ ...rest, ...spread(samples), samples });
      }
  return rows;
}

function spread(samples: readonly number[]): { median: number; min: number; max: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/** @param sorted ascending, at least one value; between two neighbours, their weighted mean */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** Three digits that count are more than the noise allows. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
