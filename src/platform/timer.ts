/** Time as a parameter: who wants to be called later asks for it here, and tests answer at once. */

/** Ends a timer that has not fired yet. */
export type StopTimer = () => void;

/** Calls `fire` once, `ms` milliseconds from now, unless it is stopped before. */
export type StartTimer = (ms: number, fire: () => void) => StopTimer;

/** The process's own timers. */
export const startTimer: StartTimer = (ms, fire) => {
  // Node fires at once where the delay does not fit 32 bits.
  const timer = setTimeout(fire, Math.min(ms, 2 ** 31 - 1));
  return () => clearTimeout(timer);
};
