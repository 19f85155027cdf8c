/** Time as a parameter: who wants to be called later asks for it here, and tests answer at once. */

/** Ends a timer that has not fired yet. */
export type StopTimer = () => void;

/** Calls `fire` once, `ms` milliseconds from now, unless it is stopped before. */
export type StartTimer = (ms: number, fire: () => void) => StopTimer;
