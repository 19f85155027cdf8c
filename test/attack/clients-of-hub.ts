/**
 * Those who must not notice an attack on a hub: a kubelet at /livez, and sidecars that ask it first, each time about another
 * Node, so that the hub has to ask what they may do. One of them has an open watch.
 */
import { get, type RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectionOf } from '../../src/core/projection/presets.ts';
import { PROJECTION_HEADER, projectionDigest } from '../../src/core/projection/projection-digest.ts';
import { isAlive, worstOf } from './ask.ts';
import { VICTIM_TOKEN, type Target } from './attack.ts';
import { watchInOrder } from './ordered-watch.ts';
import type { Bystanders, Seen } from './bystanders.ts';

const HEADERS = {
  Authorization: `Bearer ${VICTIM_TOKEN}`,
  [PROJECTION_HEADER]: projectionDigest(projectionOf('metallb')),
};
const OK = 200;
/** With which a sidecar is sent to the API server. */
const ELSEWHERE = 421;
const GIVE_UP_MS = 30_000;

export class ClientsOfHub implements Bystanders {
  readonly #target: Target;
  readonly #stop = new AbortController();
  #done: Promise<readonly [number, number, undefined]> | undefined;
  #asked = 0;
  #answered = 0;
  #watch = '';
  #events = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  async ready(): Promise<void> {
    // The first caller begins the feed, and does not wait for it.
    while ((await this.#ask()) !== OK) await sleep(100);
    const { signal } = this.#stop;
    this.#done = Promise.all([
      worstOf(signal, () => isAlive(this.#target)),
      worstOf(signal, () => this.#isServed()),
      this.#watchNode(),
    ]);
    while (this.#events === 0 && this.#watch === '') await sleep(5);
    if (this.#watch !== '') throw new Error(`without any attack: ${this.#watch}`);
  }

  async stop(): Promise<Seen> {
    this.#stop.abort();
    const [livezMs, requestMs] = (await this.#done) ?? [Infinity, Infinity];
    const fromMemory = this.#asked === 0 ? 0 : this.#answered / this.#asked;
    return { livezMs, requestMs, watch: this.#watch, events: this.#events, fromMemory };
  }

  async #isServed(): Promise<boolean> {
    const status = await this.#ask();
    this.#asked += 1;
    if (status === OK) this.#answered += 1;
    return status === OK || status === ELSEWHERE;
  }

  /** The status of a watch of one Node, when its first event is there where it has one. */
  #ask(): Promise<number | undefined> {
    const name = `node-${this.#asked % 1000}`;
    return new Promise((resolve) => {
      const asked = get(this.#request(name), (response) => {
        const { statusCode } = response;
        if (statusCode !== OK) resolve(statusCode);
        response.once('data', (chunk: Buffer) => {
          resolve(chunk.includes(`"${name}"`) ? statusCode : undefined);
          asked.destroy();
        });
        response.on('error', () => resolve(undefined));
      });
      asked.setTimeout(GIVE_UP_MS, () => asked.destroy());
      asked.on('error', () => resolve(undefined));
    });
  }

  #request(name: string): RequestOptions {
    const { port, ca } = this.#target;
    const query = `resourceVersion=0&allowWatchBookmarks=true&fieldSelector=metadata.name%3D${name}`;
    const path = `/api/v1/nodes?watch=1&${query}`;
    return { host: '127.0.0.1', port, ca, path, headers: HEADERS, agent: false };
  }

  /** Each change must be there, in order, and the watch must not end. */
  #watchNode(): Promise<undefined> {
    return watchInOrder(this.#request('changing'), this.#stop.signal, {
      first: undefined,
      numberOf: (line) =>
        line.startsWith('{"type":"BOOKMARK"') ? undefined : Number(/"sequence":"(\d+)"/.exec(line)?.[1]),
      onEvent: () => (this.#events += 1),
      onLost: (how) => this.#lost(how),
    });
  }

  #lost(how: string): void {
    if (!this.#stop.signal.aborted && this.#watch === '') this.#watch = how;
  }
}
