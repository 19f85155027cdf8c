/** Which rows there are, in their order, and which of the budgets each section is for. */
import { BUDGETS, nameOf } from './budgets.ts';
import type { Measure } from './measures.ts';
import type { Rig } from './rig.ts';
import { flatOutRows } from './rows/flat-out.ts';
import { idleRows } from './rows/idle.ts';
import { latencyRows } from './rows/latency.ts';
import { listRows } from './rows/list.ts';
import { loadRows } from './rows/load.ts';
import { netRows } from './rows/net.ts';
import { pacedRows } from './rows/paced.ts';
import { heldRows, scaleRows } from './rows/scale.ts';
import { scanRows } from './rows/scan.ts';
import { slowClientRows } from './rows/slow-client.ts';
import { startRows } from './rows/start.ts';

/** Rows that are measured together, once per repeat. */
export interface Section {
  readonly title: string;
  /** Names of budgets, as {@link nameOf} gives them. */
  readonly budgets: readonly string[];
  /** `once`: it takes minutes, or does not vary. `quick-once`: that only with --quick. */
  readonly repeats: 'all' | 'quick-once' | 'once';
  readonly run: (rig: Rig) => Promise<Measure[]>;
}

export const SECTIONS: readonly Section[] = [
  { title: 'scan + verdict', budgets: ['P1', 'P2'], repeats: 'all', run: scanRows },
  { title: 'flat out', budgets: ['P3', 'P4'], repeats: 'all', run: flatOutRows },
  { title: 'paced', budgets: ['P4b'], repeats: 'all', run: pacedRows },
  { title: 'informer', budgets: ['P5'], repeats: 'all', run: netRows },
  { title: 'latency', budgets: ['P6'], repeats: 'all', run: latencyRows },
  { title: 'start', budgets: ['P7', 'P8'], repeats: 'all', run: startRows },
  { title: 'load', budgets: ['P7'], repeats: 'once', run: loadRows },
  { title: 'many Nodes', budgets: ['P9'], repeats: 'all', run: scaleRows },
  { title: 'memory per Node', budgets: ['P9'], repeats: 'once', run: heldRows },
  { title: 'lists', budgets: ['P10'], repeats: 'quick-once', run: listRows },
  { title: 'slow client', budgets: ['P11'], repeats: 'quick-once', run: slowClientRows },
  { title: 'idle', budgets: ['P12'], repeats: 'quick-once', run: idleRows },
];

/** Every name that `--only` takes. */
export const NAMES: readonly string[] = [...new Set(BUDGETS.map(({ id }) => nameOf(id)))];

/** The sections that have any of these budgets. */
export function sectionsOf(names: readonly string[]): readonly Section[] {
  return SECTIONS.filter(({ budgets }) => budgets.some((budget) => names.includes(budget)));
}
