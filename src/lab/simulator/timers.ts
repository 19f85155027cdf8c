/** Time as a parameter: tests turn it by hand, everything else uses the process's own. */

/** The clock and the timers of a simulator. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `delayMs`; returns the cancellation. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `action` every `intervalMs`; returns the cancellation. */
  every(intervalMs: number, action: () => void): () => void;
}

/** The process's clock. Its timers never keep the process alive. */
export const REAL_TIMERS: Timers = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs).unref();
    return () => clearTimeout(timer);
  },
  every: (intervalMs, action) => {
    const timer = setInterval(action, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
