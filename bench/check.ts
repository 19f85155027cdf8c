/** Holds rows against their budgets. Pure. */
import { BUDGETS, type Budget, type BudgetId } from './budgets.ts';
import type { Row } from './measures.ts';

export interface Verdict {
  readonly budget: Budget;
  readonly row: Row;
  /**
   * `over` is beyond the limit and no clear regression: one repeat at least was within the margin of what `--check`
   * holds, or the budget is not enforced. The best repeat decides, because noise makes most repeats worse: of one and
   * the same program, medians differed by 60 % within minutes and the best repeats by 8 %. A ratio can also come out too
   * good, if the program that it divides by was disturbed, so that a small regression may stay hidden.
   */
  readonly state: 'within' | 'over' | 'failed';
}

/** One verdict for each row that has a budget. */
export function judge(rows: readonly Row[], budgets: readonly Budget[] = BUDGETS): Verdict[] {
  return rows.flatMap((row) => {
    const budget = budgets.find((it) => isFor(it, row));
    return budget === undefined ? [] : [{ budget, row, state: stateOf(budget, row) }];
  });
}

/** The budgets that no row is for: what they compare with could not be had, or was not asked for. */
export function unmeasured(rows: readonly Row[], budgets: readonly Budget[] = BUDGETS): BudgetId[] {
  const missing = budgets.filter((budget) => !rows.some((row) => isFor(budget, row)));
  return [...new Set(missing.map(({ id }) => id))];
}

function isFor({ id, encoding }: Budget, row: Row): boolean {
  return row.budget === id && (encoding === undefined || encoding === row.encoding);
}

function stateOf(budget: Budget, { median, min, max }: Row): Verdict['state'] {
  const { bound, limit, reached = limit, margin, notEnforced } = budget;
  const isKept = (value: number, by: number): boolean => (bound === 'at most' ? value <= by : value >= by);
  if (isKept(median, limit)) return 'within';
  const [best, tolerated] = bound === 'at most' ? [min, reached * margin] : [max, reached / margin];
  return notEnforced !== undefined || isKept(best, tolerated) ? 'over' : 'failed';
}
