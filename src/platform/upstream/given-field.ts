/** Tells which fields of a kubeconfig are set. Pure. */

/** As in client-go, null, an empty text and an empty list equal a missing field. */
export function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

/** The value of a field if it {@link isGiven}. */
export function given<T>(value: T | undefined): T | undefined {
  return isGiven(value) ? value : undefined;
}
