import { SettingsProblem } from '../config/settings-problem.ts';

/** What the process says to whoever started it. */
export const EXIT = {
  fine: 0,
  /** Failed while starting or running. */
  failed: 1,
  /** Wrong command, flags, settings, or files that they name: starting again changes nothing. */
  usage: 2,
} as const;

/** The exit code for an error that ended a command: one fault has one code in all commands. */
export function exitCodeOf(error: unknown): number {
  return error instanceof SettingsProblem ? EXIT.usage : EXIT.failed;
}
