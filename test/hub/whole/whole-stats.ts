/** What happened in the runs, so that a test can see that all of it did. */
export interface WholeStats {
  readonly results: Record<string, number>;
  readonly clients: Record<string, number>;
  reviews: number;
  restores: number;
}

export const newWholeStats = (): WholeStats => ({ results: {}, clients: {}, reviews: 0, restores: 0 });

export function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
