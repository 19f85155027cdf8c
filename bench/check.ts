/** Holds rows against their budgets. Pure. */
import { BUDGETS, type Budget, type BudgetId } from './budgets.ts';
import type { Row } from './measures.ts';

export interface Verdict {
  readonly budget: Budget;
  readonly row: Row;
  /**
   * `over` is beyond the limit, and no clear regression: within the margin for noise, or one repeat at least was
   * within the limit, or the budget is not enforced.
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

function stateOf({ bound, limit, margin, notEnforced }: Budget, { median, min, max }: Row): Verdict['state'] {
  const isWithin = (value: number, factor: number): boolean =>
    bound === 'at most' ? value <= limit * factor : value >= limit / factor;
  if (isWithin(median, 1)) return 'within';
  const best = bound === 'at most' ? min : max;
  return notEnforced !== undefined || isWithin(best, 1) || isWithin(median, margin) ? 'over' : 'failed';
}
