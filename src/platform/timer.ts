/** Timers as a parameter, so that tests can fire them at once. */

/** Ends a timer that has not fired yet. */
export type StopTimer = () => void;

/** Calls `fire` once, `ms` milliseconds from now, unless it is stopped before. */
export type StartTimer = (ms: number, fire: () => void) => StopTimer;

export const startTimer: StartTimer = (ms, fire) => {
  // Node.js fires at once if the delay does not fit in 32 bits.
  const timer = setTimeout(fire, Math.min(ms, 2 ** 31 - 1));
  return () => clearTimeout(timer);
};
