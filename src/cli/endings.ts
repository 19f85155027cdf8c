/** The ways in which commands end: their lines on standard error and their exit codes. */
import type { Parsed } from '../config/flags.ts';
import { messageOf } from '../platform/text/failure.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';

type Stderr = Pick<Io, 'stderr'>;

/**
 * Reports a wrong command line, or runs the command and reports why it failed.
 * @param speaker - the beginning of each line
 */
export async function concluded<T>(
  io: Stderr,
  command: string,
  parsed: Parsed<T>,
  act: (options: T) => Promise<number>,
  speaker = 'watchsieve',
): Promise<number> {
  if ('problems' in parsed) return wrongUsage(io, command, parsed.problems, speaker);
  try {
    return await act(parsed.ok);
  } catch (error) {
    io.stderr.write(`${speaker}: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
}

export function wrongUsage(
  { stderr }: Stderr,
  command: string,
  problems: readonly string[],
  speaker = 'watchsieve',
): number {
  for (const problem of problems) stderr.write(`${speaker}: ${problem}\n`);
  stderr.write(`See watchsieve ${command} --help.\n`);
  return EXIT.usage;
}
