/** What goes wrong in a state directory, said so that somebody can mend it. */

/** The state directory or a file in it cannot be read or written. Its message names the path and the setting. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError';
}

/** Turns a file system error into a {@link StateDirError}; anything else is a bug, or one already, and stays itself. */
export function toStateDirError(doing: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new StateDirError(`cannot ${doing} ${path}: ${error.message} (see --state-dir)`, { cause: error });
}
