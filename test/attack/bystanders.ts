/** Those who must not notice: a kubelet at /livez, a client with short requests, and another one with an open watch. */
import { request, type RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, statusOf, worstOf } from './ask.ts';
import { VICTIM_TOKEN, type Target } from './attack.ts';
import { watchInOrder } from './ordered-watch.ts';

export interface Seen {
  /** The longest that /livez took (milliseconds); Infinity where it failed. */
  readonly livezMs: number;
  /** The same of another client's requests. */
  readonly requestMs: number;
  /** What went wrong for the watch; empty where nothing did, undefined where there is none. */
  readonly watch: string | undefined;
  /** Of the watch; requests that were answered, where there is none. */
  readonly events: number;
  /** Of a hub: the share of the requests that were answered from memory. */
  readonly fromMemory?: number;
}

export interface Bystanders {
  /** Resolves when all of them have been served once. */
  ready(): Promise<void>;
  stop(): Promise<Seen>;
}

export class ClientsOfProxy implements Bystanders {
  readonly #target: Target;
  readonly #stop = new AbortController();
  readonly #done: Promise<unknown>;
  #livezMs = 0;
  #requestMs = 0;
  #watch = '';
  #events = 0;

  constructor(target: Target) {
    this.#target = target;
    const { signal } = this.#stop;
    this.#done = Promise.all([
      worstOf(signal, () => isAlive(target)).then((worst) => (this.#livezMs = worst)),
      worstOf(signal, async () => (await statusOf(request, this.#request('/version'))) === 200).then(
        (worst) => (this.#requestMs = worst),
      ),
      this.#watchNodes(),
    ]);
  }

  /** Resolves when the watch has its first event. */
  async ready(): Promise<void> {
    while (this.#events === 0 && this.#watch === '') await sleep(5);
    if (this.#watch !== '') throw new Error(`without any attack: ${this.#watch}`);
  }

  async stop(): Promise<Seen> {
    this.#stop.abort();
    await this.#done;
    return {
      livezMs: this.#livezMs,
      requestMs: this.#requestMs,
      watch: this.#watch,
      events: this.#events,
    };
  }

  /** On a connection of its own, so that new ones are tried as well. */
  #request(path: string): RequestOptions {
    const { port, ca } = this.#target;
    const headers = { Authorization: `Bearer ${VICTIM_TOKEN}` };
    return { host: '127.0.0.1', port, ca, path, headers, agent: false };
  }

  /** Each event must be there, in order, and the watch must not end. */
  async #watchNodes(): Promise<void> {
    // As client-go begins. From then on its credentials are known to be good.
    await statusOf(request, this.#request('/api/v1/nodes?limit=500'));
    const path = '/api/v1/nodes?watch=1&resourceVersion=1';
    await watchInOrder(this.#request(path), this.#stop.signal, {
      first: 1,
      numberOf: (line) => Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1]),
      onEvent: () => (this.#events += 1),
      onLost: (how) => this.#lost(how),
    });
  }

  #lost(how: string): void {
    if (!this.#stop.signal.aborted && this.#watch === '') this.#watch = how;
  }
}
