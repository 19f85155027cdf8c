/**
 * The only way to make a metric: the module that changes it registers it here with its help text and keeps the returned
 * function. Values that are counted elsewhere are read only during a scrape, all in one step. Only this module knows
 * prom-client.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * prom-client samples the delay of the event loop at this interval (ms). Its default of 10 ms wakes an idle process too
 * often.
 */
const EVENT_LOOP_PRECISION_MS = 2000;

type Labels<L extends string> = Readonly<Record<L, string>>;
/** One series with its present value. */
export type Series<L extends string> = readonly [labels: Labels<L>, value: number];

type Read<L extends string> = readonly [
  name: string,
  help: string,
  labelNames: readonly L[],
  now: () => Iterable<Series<L>>,
];

export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];

  /** @returns a function that adds one */
  counter(name: string, help: string): () => void {
    const counter = new Counter({ name, help, registers: this.#registers });
    return () => counter.inc();
  }

  /** @returns a function that adds to the series with these labels, one by default */
  counterBy<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
  ): (labels: Labels<L>, by?: number) => void {
    const counter = new Counter({ name, help, labelNames, registers: this.#registers });
    return (labels, by) => counter.inc(labels, by);
  }

  /**
   * A counter by a label with a closed set of words. All series exist from the start, so that rates over them are
   * meaningful.
   */
  closedCounter<W extends string>(
    name: string,
    help: string,
    { label, words }: { readonly label: string; readonly words: readonly W[] },
  ): (word: W, by?: number) => void {
    const count = this.counterBy(name, help, [label]);
    for (const word of words) count({ [label]: word }, 0);
    return (word, by) => count({ [label]: word }, by);
  }

  /** @returns a function that sets the value */
  gauge(name: string, help: string): (value: number) => void {
    const gauge = new Gauge({ name, help, registers: this.#registers });
    return (value) => gauge.set(value);
  }

  /** @returns a function that records an observation */
  histogram(name: string, help: string, buckets: number[]): (value: number) => void {
    const histogram = new Histogram({ name, help, buckets, registers: this.#registers });
    return (value) => histogram.observe(value);
  }

  /** A gauge that is read during a scrape. */
  read(name: string, help: string, now: () => number): void {
    this.readGauges(name, help, [], () => [[{}, now()]]);
  }

  readGauges<L extends string>(...read: Read<L>): void {
    new Gauge(this.#collected(read));
  }

  readCounters<L extends string>(...read: Read<L>): void {
    new Counter(this.#collected(read));
  }

  #collected<L extends string>([name, help, labelNames, now]: Read<L>) {
    return {
      ...{ name, help, labelNames, registers: this.#registers },
      collect(this: Counter<L> | Gauge<L>) {
        this.reset();
        for (const [labels, value] of now()) this.inc(labels, value);
      },
    };
  }

  /** A gauge in bytes that is read during a scrape, and a second one with its limit. */
  readBytes(
    name: string,
    help: string,
    {
      now,
      limit,
      setting = '',
    }: { readonly now: () => number; readonly limit: number; readonly setting?: string },
  ): void {
    this.read(name, help, now);
    const by = setting === '' ? '' : `: ${setting}`;
    this.gauge(`${name}_limit`, `The most that ${name} can be${by}.`)(limit);
  }

  /** Adds the metrics of the process and of Node.js, with prom-client's names. */
  addProcess(): void {
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
    });
  }

  /** The text of a scrape and its Content-Type. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
