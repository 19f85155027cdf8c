/** Holds rows against their budgets. Pure. */
import { BUDGETS, type Budget, type BudgetId } from './budgets.ts';
import type { Row } from './measures.ts';

export interface Verdict {
  readonly budget: Budget;
  readonly row: Row;
  /**
   * `over` is beyond the limit and no clear regression: what `--check` holds is within the margin for noise, or was
   * kept by one repeat at least; or the budget is not enforced.
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
  const best = bound === 'at most' ? min : max;
  const tolerated = bound === 'at most' ? reached * margin : reached / margin;
  return notEnforced !== undefined || isKept(best, reached) || isKept(median, tolerated) ? 'over' : 'failed';
}
