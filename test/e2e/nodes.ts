/**
 * The Nodes of a run and the load on them: heartbeats that change nothing a client cares for, and real
 * changes, one a second, kept as ground truth with the resourceVersion the API server gave them.
 */

import { setTimeout as delay } from 'node:timers/promises';

import type { ApiClient } from './api-client.ts';
import { projectionOf } from './informer.ts';
import { listAt, textAt } from '../support/json-value.ts';
import { EPOCH_MS, HEARTBEAT_CONDITIONS, nodeName, nodeObject, timestamp } from './node-object.ts';

/** One real change, as the API server accepted it. */
export interface Change {
  readonly node: string;
  readonly what: string;
  readonly resourceVersion: string;
}

export interface LoadResult {
  readonly heartbeats: number;
  readonly changes: readonly Change[];
  readonly seconds: number;
}

export interface LoadOptions {
  readonly heartbeatsPerSecond: number;
  readonly seconds: number;
  /** The real change of each second, counted from 0; left out: those of `realChange`. */
  readonly change?: ((second: number) => Promise<Change>) | 'none';
}

const TICK_MS = 20;
/** Unanswered heartbeats. A machine that cannot keep the pace is to lag, and not to choke on what has piled up. */
const MOST_PENDING = 100;

export class Nodes {
  readonly count: number;
  readonly #api: ApiClient;
  /** Heartbeat times come from here: with the wall clock's seconds two of them could be the same, and no event. */
  #beats = 0;
  #changes = 0;
  #marks = 0;
  readonly #unavailable = new Set<string>();
  readonly #unschedulable = new Set<string>();

  constructor(api: ApiClient, count: number) {
    this.#api = api;
    this.count = count;
  }

  async create(): Promise<void> {
    await Promise.all(
      Array.from({ length: this.count }, (_, i) =>
        this.#api.send('POST', '/api/v1/nodes', nodeObject(i + 1)),
      ),
    );
  }

  /** Those the API server has now, whoever made them: name to projection. */
  async projections(): Promise<ReadonlyMap<string, string>> {
    const list = await this.#api.getJson('/api/v1/nodes');
    return new Map(
      listAt(list, 'items').map((node) => [textAt(node, 'metadata', 'name'), projectionOf(node)]),
    );
  }

  /** Names of those the API server has now. */
  async existing(): Promise<readonly string[]> {
    return [...(await this.projections()).keys()];
  }

  /**
   * Heartbeats round robin at an even pace, and the real changes between them. Ends when all were answered. On a
   * machine that cannot keep the pace there are fewer: the result says how many.
   */
  async load(options: LoadOptions): Promise<LoadResult> {
    const { heartbeatsPerSecond, seconds, change = () => this.realChange() } = options;
    const pending = new Set<Promise<void>>();
    const changes: Change[] = [];
    const failures: unknown[] = [];
    const run = (work: Promise<void>) => {
      const done = work
        .catch((error: unknown) => void failures.push(error))
        .finally(() => pending.delete(done));
      pending.add(done);
    };
    const start = performance.now();
    let heartbeats = 0;
    let second = 0;
    for (;;) {
      const elapsed = Math.min((performance.now() - start) / 1000, seconds);
      const due = Math.floor(elapsed * heartbeatsPerSecond);
      for (; heartbeats < due && pending.size < MOST_PENDING; heartbeats++) run(this.heartbeat());
      // Half a second off the whole ones, so that the last change has heartbeats after it.
      for (; change !== 'none' && second < Math.floor(elapsed + 0.5) && second < seconds; second++) {
        run(change(second).then((made) => void changes.push(made)));
      }
      if (elapsed >= seconds) break;
      await delay(TICK_MS);
    }
    await Promise.all(pending);
    if (failures.length > 0) throw new Error(`${failures.length} patches failed`, { cause: failures[0] });
    return { heartbeats, changes, seconds: (performance.now() - start) / 1000 };
  }

  /** What a kubelet does: new heartbeat times on its own conditions, nothing else. */
  async heartbeat(): Promise<void> {
    const beat = this.#beats++;
    const time = timestamp(EPOCH_MS + (Math.floor(beat / this.count) + 1) * 1000);
    const conditions = HEARTBEAT_CONDITIONS.map((type) => ({ type, lastHeartbeatTime: time }));
    await this.#patch(nodeName((beat % this.count) + 1), '/status', { status: { conditions } });
  }

  /** A different kind of change each time, of all that the preset `metallb` looks at (R14). */
  async realChange(): Promise<Change> {
    const index = this.#changes++;
    const node = nodeName(((index * 7) % this.count) + 1);
    switch (index % 4) {
      case 0:
        return this.setLabel(node, `v${index}`);
      case 1:
        return this.setNetworkUnavailable(node, toggle(this.#unavailable, node));
      case 2:
        return this.#setUnschedulable(node, toggle(this.#unschedulable, node));
      default:
        return this.setInternalIp(node, `10.2.${Math.floor(index / 250)}.${(index % 250) + 1}`);
    }
  }

  async setLabel(node: string, value: string): Promise<Change> {
    const answer = await this.#patch(node, '', {
      metadata: { labels: { 'e2e.watchsieve.dev/label': value } },
    });
    return { node, what: `label=${value}`, resourceVersion: textAt(answer, 'metadata', 'resourceVersion') };
  }

  /**
   * A change that is the last one of its kind: once a client shows it, it has seen all before it. Its
   * `text` occurs nowhere before it, in either encoding.
   * @param node - whoever marks beside others has a Node for it.
   */
  async mark(node = nodeName(1)): Promise<Change & { readonly text: string }> {
    const text = `mark-${++this.#marks}.`.padEnd(12, 'x');
    return { ...(await this.setLabel(node, text)), text };
  }

  async setNetworkUnavailable(node: string, unavailable: boolean): Promise<Change> {
    const status = unavailable ? 'True' : 'False';
    const condition = { type: 'NetworkUnavailable', status, lastTransitionTime: timestamp(EPOCH_MS) };
    const answer = await this.#patch(node, '/status', { status: { conditions: [condition] } });
    const resourceVersion = textAt(answer, 'metadata', 'resourceVersion');
    return { node, what: `NetworkUnavailable=${status}`, resourceVersion };
  }

  async #setUnschedulable(node: string, unschedulable: boolean): Promise<Change> {
    const answer = await this.#patch(node, '', { spec: { unschedulable } });
    const resourceVersion = textAt(answer, 'metadata', 'resourceVersion');
    return { node, what: `unschedulable=${unschedulable}`, resourceVersion };
  }

  async setInternalIp(node: string, address: string): Promise<Change> {
    const answer = await this.#patch(node, '/status', {
      status: { addresses: [{ type: 'InternalIP', address }] },
    });
    return {
      node,
      what: `InternalIP=${address}`,
      resourceVersion: textAt(answer, 'metadata', 'resourceVersion'),
    };
  }

  #patch(node: string, subresource: '' | '/status', patch: unknown): Promise<unknown> {
    return this.#api.send('PATCH', `/api/v1/nodes/${node}${subresource}`, patch);
  }
}

/** Puts the member in or takes it out: true where it is in now. */
function toggle(set: Set<string>, member: string): boolean {
  if (set.delete(member)) return false;
  set.add(member);
  return true;
}
