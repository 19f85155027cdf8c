/** Which fields of a kubeconfig are given. Pure. */

/** As client-go reads a field: null, an empty text and an empty list say what a missing one says. */
export function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

/** The value of a field that {@link isGiven}. */
export function given<T>(value: T | undefined): T | undefined {
  return isGiven(value) ? value : undefined;
}
