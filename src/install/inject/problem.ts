/** What is said when something cannot be done, so that its reader finds the place. */

export interface Problem {
  /** Counted from 1 in its text; undefined where it concerns the text as a whole. */
  readonly document: number | undefined;
  /** As `DaemonSet metallb-system/speaker`. */
  readonly object: string | undefined;
  readonly message: string;
}

/** Thrown where a text is written in a way in which it cannot be changed safely. */
export class CannotSplice extends Error {
  override readonly name = 'CannotSplice';
}
