/**
 * The memory of a process over time, and whether it is flat: what it has while the program warms up says
 * nothing, and a single sample between two garbage collections little.
 */

import assert from 'node:assert/strict';

const SAMPLE_INTERVAL_MS = 2000;
/** Of the samples: until the heap has found its size. */
const WARM_UP = 0.25;
/** What the last third of the rest may have more than the first: this share, or this many bytes. */
const GROWTH = 0.1;
const LEAST_GROWTH_BYTES = 16e6;
const LEAST_SAMPLES = 12;
/** A slope over less is noise, and the heap finds its size only after some minutes (about 155 MB in half an hour of soak). */
const SLOPE_MS = 600_000;
/** What less time can judge: three quarters of the limit in the manifests (256Mi). */
const SHORT_RUN_BYTES = 200e6;

export class Memory {
  readonly #rssBytes: () => number;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(rssBytes: () => number) {
    this.#rssBytes = rssBytes;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS);
  }

  get latestBytes(): number {
    return this.#samples.at(-1)?.bytes ?? this.#rssBytes();
  }

  /** Medians of thirds, peak and slope. */
  toString(): string {
    const [first, second, third] = this.#thirds();
    const peak = Math.max(...this.#samples.map(({ bytes }) => bytes));
    const slope = this.#slope();
    return [
      `medians of thirds after a warm-up ${megabytes(first)}, ${megabytes(second)}, ${megabytes(third)}`,
      `peak ${megabytes(peak)}`,
      ...(slope === undefined ? [] : [`slope ${(slope / 1e6).toFixed(1)} MB per hour`]),
      `${this.#samples.length} samples`,
    ].join('; ');
  }

  /** @throws AssertionError where it has grown; in a run too short to tell, where it is near the container's limit. */
  assertFlat(): void {
    assert.ok(this.#settled().length >= LEAST_SAMPLES, `only ${this.#samples.length} samples`);
    if (this.#slope() === undefined) {
      for (const { bytes } of this.#samples) assert.ok(bytes <= SHORT_RUN_BYTES, this.toString());
      return;
    }
    const [first, , third] = this.#thirds();
    const allowed = first + Math.max(first * GROWTH, LEAST_GROWTH_BYTES);
    assert.ok(third <= allowed, this.toString());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#samples.push({ atMs: performance.now(), bytes: this.#rssBytes() });
  }

  #settled(): readonly { readonly atMs: number; readonly bytes: number }[] {
    return this.#samples.slice(Math.floor(this.#samples.length * WARM_UP));
  }

  #thirds(): readonly [number, number, number] {
    const bytes = this.#settled().map((sample) => sample.bytes);
    const third = Math.ceil(bytes.length / 3);
    return [median(bytes.slice(0, third)), median(bytes.slice(third, -third)), median(bytes.slice(-third))];
  }

  /** Of the line of least squares through what follows the warm-up, in bytes per hour. */
  #slope(): number | undefined {
    const settled = this.#settled();
    const [first, last] = [settled[0], settled.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < SLOPE_MS) return undefined;
    const meanAt = mean(settled.map(({ atMs }) => atMs));
    const meanBytes = mean(settled.map(({ bytes }) => bytes));
    const products = settled.map(({ atMs, bytes }) => (atMs - meanAt) * (bytes - meanBytes));
    const squares = settled.map(({ atMs }) => (atMs - meanAt) ** 2);
    return (mean(products) / mean(squares)) * 3_600_000;
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
