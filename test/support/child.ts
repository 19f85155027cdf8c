/**
 * One child process of the suite: its lines, its CPU time and memory (Linux /proc), its end.
 * Whatever happens to the suite, no child outlives it.
 */

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { LineLog } from './line-log.ts';

const alive = new Set<ChildProcessWithoutNullStreams>();

process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface ChildOptions {
  /** What error messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the suite's own environment, less its WATCHSIEVE_ variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default 400: a program whose whole output is judged needs more. */
  readonly keepLines?: number;
}

export interface Usage {
  /** User and system time since its start. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Clock ticks of /proc/PID/stat: USER_HZ is 100 on every Linux architecture Node.js runs on. */
const TICKS_PER_SECOND = 100;

export class Child {
  readonly stdout: LineLog;
  readonly stderr: LineLog;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #name: string;

  constructor(options: ChildOptions) {
    const { name, command, args, env = {}, cwd = process.cwd(), keepLines = 400 } = options;
    this.#name = name;
    this.stdout = new LineLog(`${name} (stdout)`, keepLines);
    this.stderr = new LineLog(`${name} (stderr)`, keepLines);
    const child = spawn(command, args, {
      cwd,
      env: { ...inheritedEnvironment(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process = child;
    alive.add(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
    // A child that is gone already cannot be written to; its end is reported by `exited`.
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => this.stderr.push(`${error.message}\n`));
      child.once('close', (code, signal) => {
        alive.delete(child);
        this.stdout.end();
        this.stderr.end();
        resolve(code ?? signal ?? 'SIGKILL');
      });
    });
  }

  /** Command lines of those that have not ended. */
  static get left(): readonly string[] {
    return [...alive].map(({ spawnargs }) => spawnargs.join(' '));
  }

  /** @throws when it could not be started. */
  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.#name} did not start`);
    return pid;
  }

  get hasExited(): boolean {
    return !alive.has(this.#process);
  }

  writeLine(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  endInput(): void {
    this.#process.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  usage(): Usage {
    const pid = this.#process.pid;
    if (pid === undefined || this.hasExited) throw new Error(`${this.#name} is not running`);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the second field, in brackets, may hold spaces; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      rssBytes: Number(rss?.[1] ?? Number.NaN) * 1024,
    };
  }

  /** Asks it to end, and kills it when it has not after `graceMs`. */
  async stop(graceMs = 5000): Promise<number | NodeJS.Signals> {
    this.endInput();
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Runs a program to its end. The output is that of stdout; errors hold the last lines of stderr. */
export async function runToEnd(options: ChildOptions & { readonly timeoutMs: number }): Promise<{
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const child = new Child({ keepLines: 1_000_000, ...options });
  child.endInput();
  const timer = setTimeout(() => {
    child.signal('SIGKILL');
  }, options.timeoutMs);
  const code = await child.exited;
  clearTimeout(timer);
  return { code, stdout: child.stdout.lines.join('\n'), stderr: child.stderr.lines.join('\n') };
}

/** A program under test must not take the suite's own variables for its settings. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WATCHSIEVE_')));
}
