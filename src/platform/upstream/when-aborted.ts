/**
 * Calls `abort` when the signal is aborted, or at once if it already is. An AbortSignal informs only present listeners,
 * and the client may leave during an await before a listener is added (R10).
 */
export function whenAborted(signal: AbortSignal | undefined, abort: () => void): void {
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
}
