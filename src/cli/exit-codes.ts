import { SettingsProblem } from '../config/settings-problem.ts';

export const EXIT = {
  fine: 0,
  /** The program failed while starting or running. */
  failed: 1,
  /** The command, flags, settings or named files are wrong. A restart does not help. */
  usage: 2,
} as const;

/** The exit code for an error that ended a command. An error has the same code in all commands. */
export function exitCodeOf(error: unknown): number {
  return error instanceof SettingsProblem ? EXIT.usage : EXIT.failed;
}
