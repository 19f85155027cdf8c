/**
 * One scrape of the proxy's metrics in the Prometheus text format, and R28's sum rule over it.
 */

import assert from 'node:assert/strict';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Scrape {
  readonly #samples: readonly Sample[];

  constructor(text: string) {
    this.#samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseSample);
  }

  /** The samples of a metric whose labels agree with all of those given. */
  samples(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return this.#samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples(name, labels).reduce((sum, sample) => sum + sample.value, 0);
  }

  /** @throws where the metric does not exist: an absent gauge is not zero. */
  gauge(name: string): number {
    assert.notEqual(this.samples(name).length, 0, `the metric ${name} is missing`);
    return this.sum(name);
  }

  /** Share of the MODIFIED events received that were swallowed, 0 to 1. */
  swallowedShare(): number {
    const received = this.sum('watchsieve_events_received_total', { type: 'MODIFIED' });
    return this.sum('watchsieve_events_total', { verdict: 'swallowed' }) / received;
  }

  /** R28: each received event has exactly one verdict, and its bytes too. */
  assertSumRule(): void {
    const received = this.samples('watchsieve_events_received_total');
    assert.notEqual(received.length, 0, 'no events were counted');
    for (const { labels, value } of received) {
      assert.equal(this.sum('watchsieve_events_total', labels), value, `events of ${JSON.stringify(labels)}`);
    }
    assert.equal(this.sum('watchsieve_events_total'), this.sum('watchsieve_events_received_total'));
    for (const { labels, value } of this.samples('watchsieve_event_bytes_received_total')) {
      assert.equal(
        this.sum('watchsieve_event_bytes_total', labels),
        value,
        `bytes of ${JSON.stringify(labels)}`,
      );
    }
  }
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
  if (match === null) throw new Error(`not a line of Prometheus text: ${line}`);
  const [, name = '', labels = '', value = ''] = match;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, key = '', text = '']) => [key, text] as const,
  );
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
