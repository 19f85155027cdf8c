/** The progress of watches: on a terminal one line that is overwritten, elsewhere a line now and then. */
import type { Progress } from '../install/analyze/analyze.ts';
import { bytes, count, share } from '../platform/text/figures.ts';
import { type TextOutput, widthOf } from './io.ts';

const TERMINAL_MS = 500;
const LINES_MS = 10_000;
const CLEAR_LINE = '\r\x1b[K';
const COLUMNS = 80;

export class WatchProgress {
  readonly #out: TextOutput;
  readonly #durationMs: number;
  readonly #timer: NodeJS.Timeout;
  #running: ReadonlySet<() => Progress> = new Set();
  #hasBegun = false;

  constructor(out: TextOutput, durationMs: number) {
    this.#out = out;
    this.#durationMs = durationMs;
    this.#timer = setInterval(() => this.#draw(), out.isTTY === true ? TERMINAL_MS : LINES_MS);
  }

  show(running: ReadonlySet<() => Progress>): void {
    this.#running = running;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#out.write(`Watching for ${this.#durationMs / 1000} s; Ctrl-C ends early, with the report.\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#out.isTTY === true && this.#hasBegun) this.#out.write(CLEAR_LINE);
  }

  #draw(): void {
    const parts = [...this.#running].map((progress) => this.#text(progress()));
    if (parts.length === 0) return;
    const text = parts.join(' | ').replaceAll('\u00a0', ' ');
    const width = (widthOf(this.#out) ?? COLUMNS) - 1;
    this.#out.write(this.#out.isTTY === true ? `${CLEAR_LINE}${text.slice(0, width)}` : `${text}\n`);
  }

  #text(progress: Progress): string {
    const { resource, seconds, events, idle } = progress;
    const noise = events > 0 ? `, ${share(idle, events)} of them noise` : '';
    return `${resource} ${seconds.toFixed(0)} s: ${count(events)} events, ${bytes(progress.bytes)}${noise}`;
  }
}
