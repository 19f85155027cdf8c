/** The outside world as commands see it. Tests pass their own. */
import type { Env } from '../config/read-env.ts';
import { printableLines } from '../platform/text/printable.ts';

export interface TextOutput {
  readonly isTTY?: boolean;
  /** The present width, if the output is a terminal; 0 if the terminal does not tell it, as a new pseudo-terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** The present width; undefined where it is unknown. */
export function widthOf({ columns }: TextOutput): number | undefined {
  return columns === 0 ? undefined : columns;
}

export interface SignalSource {
  on(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** The parts of the outside world that a command uses besides its arguments. */
export interface Io {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Standard error without escaping, for progress drawings. Text from outside must be made printable before. */
  readonly drawing: TextOutput;
  readonly readStdin: () => Promise<Uint8Array>;
  readonly env: Env;
  readonly signals: SignalSource;
  /** Ends the process at once, even if something is running. */
  readonly exit: (code: number) => void;
}

export function processIo(): Io {
  return {
    stdout: process.stdout,
    // Messages quote the content of files, variables and answers, so they are made printable.
    stderr: {
      isTTY: process.stderr.isTTY,
      write: (text) => process.stderr.write(printableLines(text)),
    },
    drawing: process.stderr,
    readStdin: async () => Buffer.concat(await process.stdin.toArray()),
    env: process.env,
    signals: process,
    exit: (code) => process.exit(code),
  };
}
