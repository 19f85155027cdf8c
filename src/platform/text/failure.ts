/** The message of a thrown value, which can be anything. Pure. */

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code, such as ENOENT; undefined if there is none. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

/**
 * Why a file could not be read, to follow its name, which Node's own message has sometimes and sometimes not; undefined
 * for any other error. If a parent is not a directory (ENOTDIR), the file does not exist either.
 */
export function unreadable(thrown: unknown): string | undefined {
  const code = codeOf(thrown);
  if (code === undefined || !(thrown instanceof Error && 'syscall' in thrown)) return undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`;
}

/** The result of `make`; undefined if it throws. For parsers of untrusted text, whose errors help nobody. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
