/**
 * Calls `abort` when the signal comes, and at once where it has come already: an AbortSignal tells only those who listen
 * at that moment, and what is awaited before may take longer than its client stays (R10).
 */
export function whenAborted(signal: AbortSignal | undefined, abort: () => void): void {
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
}
