/** Those who must not notice: a kubelet at /livez, a client with short requests, and another one with an open watch. */
import { get as getPlain } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { VICTIM_TOKEN, type Target } from './attack.ts';

export interface Seen {
  /** The longest that /livez took (milliseconds); Infinity where it failed. */
  readonly livezMs: number;
  /** The same of another client's requests. */
  readonly requestMs: number;
  /** What went wrong for the watch; empty where nothing did. */
  readonly watch: string;
  readonly events: number;
}

const PAUSE_MS = 100;
/** Longer than this is as good as never (milliseconds). */
const GIVE_UP_MS = 30_000;

export class Bystanders {
  readonly #target: Target;
  readonly #stop = new AbortController();
  readonly #done: Promise<unknown>;
  #livezMs = 0;
  #requestMs = 0;
  #watch = '';
  #events = 0;

  constructor(target: Target) {
    this.#target = target;
    const { adminPort } = target;
    this.#done = Promise.all([
      this.#repeat(() => answered(getPlain, { host: '127.0.0.1', port: adminPort, path: '/livez' })).then(
        (worst) => (this.#livezMs = worst),
      ),
      this.#repeat(() => answered(get, this.#request('/version'))).then((worst) => (this.#requestMs = worst)),
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

  /** @returns the longest that it took */
  async #repeat(once: () => Promise<boolean>): Promise<number> {
    let worst = 0;
    while (!this.#stop.signal.aborted) {
      const begun = performance.now();
      const isFine = await once();
      worst = Math.max(worst, isFine ? performance.now() - begun : Infinity);
      await sleep(PAUSE_MS);
    }
    return worst;
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
    await answered(get, this.#request('/api/v1/nodes?limit=500'));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const path = '/api/v1/nodes?watch=1&resourceVersion=1';
    const request = get(this.#request(path), (response) => {
      if (response.statusCode !== 200) this.#lost(`answered ${response.statusCode ?? 0}`);
      let pending = '';
      let next = 1;
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (pending + text).split('\n');
        pending = lines.pop() ?? '';
        for (const line of lines) {
          const seen = Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1]);
          if (seen !== next) this.#lost(`event ${seen} in the place of ${next}`);
          next = seen + 1;
          this.#events += 1;
        }
      });
      response.on('error', () => this.#lost('broken'));
      response.on('end', () => this.#lost('ended'));
    });
    request.on('error', () => this.#lost('broken'));
    request.on('close', () => resolve(undefined));
    this.#stop.signal.addEventListener('abort', () => request.destroy());
    await promise;
  }

  #lost(how: string): void {
    if (!this.#stop.signal.aborted && this.#watch === '') this.#watch = how;
  }
}

function answered(ask: typeof get, options: RequestOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const request = ask(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    request.setTimeout(GIVE_UP_MS, () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
