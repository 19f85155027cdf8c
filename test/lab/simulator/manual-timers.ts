/** Timers that move only when told to. */
import type { Timers } from '../../../src/lab/simulator/timers.ts';

interface Task {
  dueAt: number;
  readonly intervalMs: number | undefined;
  readonly action: () => void;
}

export class ManualTimers implements Timers {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #tasks = new Set<Task>();

  get pending(): number {
    return this.#tasks.size;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    return this.#add({ dueAt: this.#now + delayMs, intervalMs: undefined, action });
  }

  every(intervalMs: number, action: () => void): () => void {
    return this.#add({ dueAt: this.#now + intervalMs, intervalMs, action });
  }

  /** Lets time pass; what falls due runs in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#tasks].filter((task) => task.dueAt <= end).sort((a, b) => a.dueAt - b.dueAt);
      if (next === undefined) break;
      this.#now = next.dueAt;
      if (next.intervalMs === undefined) this.#tasks.delete(next);
      else next.dueAt += next.intervalMs;
      next.action();
    }
    this.#now = end;
  }

  #add(task: Task): () => void {
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }
}
