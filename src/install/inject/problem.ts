/** The message about a change that is not possible, with the place that it concerns. */

export interface Problem {
  /** Counted from 1; undefined if the problem concerns the whole text. */
  readonly document: number | undefined;
  /** For example `DaemonSet metallb-system/speaker`. */
  readonly object: string | undefined;
  readonly message: string;
}

/** Thrown if a text is written in a way in which it cannot be changed safely. */
export class CannotSplice extends Error {
  override readonly name = 'CannotSplice';
}
