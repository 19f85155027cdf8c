/** The lines and the exit code of a command that was called in a wrong way. */
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

/** @param speaker - how its lines begin @returns the exit code */
export function wrongUsage(
  { stderr }: Pick<Io, 'stderr'>,
  command: string,
  problems: readonly string[],
  speaker = 'watchsieve',
): number {
  for (const problem of problems) stderr.write(`${speaker}: ${problem}\n`);
  stderr.write(`See watchsieve ${command} --help.\n`);
  return EXIT.usage;
}
