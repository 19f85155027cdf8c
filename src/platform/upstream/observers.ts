/** Passes upstream's events on to all observers, in the order in which they were added. */
import type { UpstreamObserver } from './exchange.ts';
import type { UpstreamError } from './upstream-error.ts';

export class Observers implements UpstreamObserver {
  readonly #all: Partial<UpstreamObserver>[] = [];

  add(observer: Partial<UpstreamObserver>): void {
    this.#all.push(observer);
  }

  answered(code: number): void {
    for (const observer of this.#all) observer.answered?.(code);
  }

  failed(error: UpstreamError): void {
    for (const observer of this.#all) observer.failed?.(error);
  }

  connections(count: number): void {
    for (const observer of this.#all) observer.connections?.(count);
  }
}
