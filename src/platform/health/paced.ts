/**
 * Makes something for all who ask in the same moment, and for nobody more often than once in a while: what is asked for
 * again and again would otherwise keep the process from its work. Each gets what was made after they had asked.
 */
export function paced<T>(make: () => Promise<T>, pauseMs: number, now: () => number): () => Promise<T> {
  let lastStart = -Infinity;
  let next: Promise<T> | undefined;
  return () => {
    if (next !== undefined) return next;
    const wait = lastStart + pauseMs - now();
    if (wait <= 0) {
      lastStart = now();
      return make();
    }
    next = new Promise<void>((resolve) => setTimeout(resolve, wait)).then(() => {
      next = undefined;
      lastStart = now();
      return make();
    });
    return next;
  };
}
