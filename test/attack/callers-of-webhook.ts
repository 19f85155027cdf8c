/** Those who must not notice an attack on the webhook: a kubelet at /livez, and the API server with an honest review. */
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { reviewOf } from '../install/webhook/reviews.ts';
import { isAlive, statusOf, worstOf } from './ask.ts';
import type { Target } from './attack.ts';
import type { Bystanders, Seen } from './bystanders.ts';

const REVIEW = JSON.stringify(
  reviewOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations: { 'watchsieve.dev/inject': 'true' } },
    spec: { containers: [{ name: 'client' }] },
  }),
);
/** On both refusals the API server lets the Pod through as it is, as soon as it has them. */
const FINE: ReadonlySet<number | undefined> = new Set([200, 429, 503]);

export class CallersOfWebhook implements Bystanders {
  readonly #target: Target;
  readonly #stop = new AbortController();
  readonly #done: Promise<readonly [number, number]>;
  #reviews = 0;

  constructor(target: Target) {
    this.#target = target;
    const { signal } = this.#stop;
    this.#done = Promise.all([
      worstOf(signal, () => isAlive(target)),
      worstOf(signal, () => this.#isReviewed()),
    ]);
  }

  async ready(): Promise<void> {
    while (this.#reviews === 0) await sleep(5);
  }

  async stop(): Promise<Seen> {
    this.#stop.abort();
    const [livezMs, requestMs] = await this.#done;
    return { livezMs, requestMs, watch: undefined, events: this.#reviews };
  }

  async #isReviewed(): Promise<boolean> {
    const { port, ca } = this.#target;
    const headers = { 'content-type': 'application/json', 'content-length': REVIEW.length };
    const where = { host: '127.0.0.1', port, ca, path: '/mutate', method: 'POST', headers, agent: false };
    const status = await statusOf(request, where, REVIEW);
    if (status === 200) this.#reviews += 1;
    return FINE.has(status);
  }
}
