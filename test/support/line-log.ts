/**
 * The lines a child process wrote: kept (bounded) for reports, and awaited by tests, so that a
 * scenario waits for what it needs to see instead of for time to pass.
 */

export type Matcher = (line: string) => boolean;

interface Waiter {
  readonly matches: Matcher;
  readonly found: (line: string) => void;
  readonly failed: (error: Error) => void;
}

export class LineLog {
  readonly #name: string;
  readonly #limit: number;
  readonly #waiters = new Set<Waiter>();
  #lines: string[] = [];
  #partial = '';
  #ended = false;

  /** @param limit how many lines are kept; older ones go. */
  constructor(name: string, limit: number) {
    this.#name = name;
    this.#limit = limit;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  push(text: string): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const line of parts) this.#add(line);
  }

  /** No more lines will come: whoever still waits is told so. */
  end(): void {
    if (this.#partial !== '') this.#add(this.#partial);
    this.#partial = '';
    this.#ended = true;
    for (const waiter of this.#waiters) waiter.failed(this.#error('ended'));
  }

  /**
   * The first line that matches, from those already kept on.
   * @throws when the process ends or `timeoutMs` passes first, with the last lines it wrote.
   */
  async waitFor(what: string, matches: Matcher, timeoutMs: number): Promise<string> {
    const known = this.#lines.find(matches);
    if (known !== undefined) return known;
    if (this.#ended) throw this.#error(`ended before ${what}`);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const waiter: Waiter = { matches, found: resolve, failed: reject };
    const timer = setTimeout(() => {
      reject(this.#error(`showed no ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#limit) this.#lines = this.#lines.slice(-Math.ceil(this.#limit / 2));
    for (const waiter of this.#waiters) if (waiter.matches(line)) waiter.found(line);
  }

  #error(problem: string): Error {
    return new Error(`${this.#name} ${problem}; its last lines:\n${this.#lines.slice(-15).join('\n')}`);
  }
}
