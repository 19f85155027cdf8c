/** The outside world as commands see it, so that tests can hand in another one. */
import type { Env } from '../config/read-env.ts';
import { printableLines } from '../platform/text/printable.ts';

/** Somewhere text goes to. */
export interface TextOutput {
  readonly isTTY?: boolean;
  /** Of a terminal, at the moment. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Who tells of signals: a process, or a test. */
export interface SignalSource {
  on(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** What a command may touch besides its arguments. */
export interface Io {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Where one draws while others wait: standard error as it is. Text of others is made printable before. */
  readonly drawing: TextOutput;
  /** All of standard input. */
  readonly readStdin: () => Promise<Uint8Array>;
  readonly env: Env;
  readonly signals: SignalSource;
  /** Ends the process at once, whatever is running. */
  readonly exit: (code: number) => void;
}

export function processIo(): Io {
  return {
    stdout: process.stdout,
    // Messages quote what stands in files, variables and answers.
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
