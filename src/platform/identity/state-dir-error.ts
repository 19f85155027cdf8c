/** Errors of the state directory, with messages that help an operator to correct them. */

/** The state directory or a file in it cannot be read or written. Its message names the path and the setting. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError';
}

/** Turns a file system error into a {@link StateDirError}. Other errors are returned unchanged. */
export function toStateDirError(doing: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new StateDirError(`cannot ${doing} ${path}: ${error.message} (see --state-dir)`, { cause: error });
}
