/** A program on a terminal of its own: what it shows there, its end. No child outlives the suite. */
import { stripVTControlCharacters } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';

const alive = new Set<IPty>();
process.once('exit', () => {
  for (const pty of alive) pty.kill('SIGKILL');
});

export interface TerminalOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly columns?: number;
}

export class Terminal {
  readonly exited: Promise<number>;
  readonly #pty: IPty;
  #shown = '';
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  constructor({ command, args, env = {}, cwd = process.cwd(), columns = 80 }: TerminalOptions) {
    const pty = spawn(command, [...args], {
      cols: columns,
      rows: 24,
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm-256color', ...env },
    });
    this.#pty = pty;
    alive.add(pty);
    pty.onData((text) => {
      this.#shown += text;
      this.#tell();
    });
    this.exited = new Promise((resolve) => {
      pty.onExit(({ exitCode }) => {
        alive.delete(pty);
        this.#isOver = true;
        this.#tell();
        resolve(exitCode);
      });
    });
  }

  /** All that was written, without colours and other escape sequences. */
  get shown(): string {
    return stripVTControlCharacters(this.#shown);
  }

  /** @throws Error when the program ends without it */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.shown)) {
      if (this.#isOver) throw new Error(`it ended without ${pattern.source}:\n${this.shown}`);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = () => resolve(undefined);
      this.#waiting.add(wake);
      await promise;
      this.#waiting.delete(wake);
    }
  }

  /** As if somebody sat at the keyboard. */
  type(keys: string): void {
    this.#pty.write(keys);
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#isOver) this.#pty.kill(name);
  }

  /** Ends it whatever it does. */
  async close(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  #tell(): void {
    for (const wake of this.#waiting) wake();
  }
}
