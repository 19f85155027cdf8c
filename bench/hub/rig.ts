/** What the rows of the hub's bench have at hand: an upstream, hubs before it, and processes full of clients. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { projectionDigest, PROJECTION_HEADER } from '../../src/core/projection/projection-digest.ts';
import { projectionOf } from '../../src/core/projection/presets.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { Child } from '../../test/support/child.ts';
import { listAt, numberAt, parseJson, textAt, valueAt } from '../../test/support/json-value.ts';
import { type Server, startUpstream, type UpstreamServer, writeKubeconfig } from '../end-to-end/server.ts';
import { resourceVersion } from '../frames.ts';
import { startWatchsieve, type Watchsieve } from '../proxies/watchsieve.ts';
import type { Transport } from './transport.ts';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const TIMEOUT_MS = 180_000;
const POLL_MS = 100;
/** Full of clients. */
const PROCESSES = 2;
const DIGEST = projectionDigest(projectionOf('metallb'));

export interface Watched {
  readonly nodes: number;
  readonly encoding: Encoding;
  readonly transport: Transport;
}

export class HubRig {
  readonly folder: string;
  readonly #program: string;
  readonly #started: Child[] = [];
  readonly #proxies: Child[] = [];

  constructor(folder: string, program: string) {
    this.folder = folder;
    this.#program = program;
  }

  async upstream(nodes: number): Promise<UpstreamServer> {
    const folder = await mkdtemp(join(this.folder, 'upstream-'));
    const upstream = await startUpstream(folder, here('upstream.ts'), [String(nodes)]);
    this.#started.push(upstream.child);
    await writeKubeconfig(upstream.kubeconfig, upstream, 'hub');
    return upstream;
  }

  /** A server that only writes to its readers; see bare.ts. */
  async bare(nodes: number, encoding: Encoding, transport: Transport): Promise<Server> {
    const folder = await mkdtemp(join(this.folder, 'bare-'));
    const server = await startUpstream(folder, here('bare.ts'), [String(nodes), encoding, transport]);
    this.#started.push(server.child);
    return server;
  }

  async hub(upstream: UpstreamServer): Promise<Watchsieve> {
    const stateDir = await mkdtemp(join(this.folder, 'hub-'));
    const hub = await startWatchsieve({
      ...{ program: this.#program, upstream, stateDir },
      args: [
        ...['--share=nodes', '--max-connections=20000', '--max-streams=20000', '--memory-budget=4GiB'],
        ...['--max-requests=20000', '--bookmark-interval=10m', '--held-frame-age=10m'],
      ],
    });
    this.#started.push(hub.child);
    return hub;
  }

  /** Clients that watch Nodes from where `nodes` were listed, as sidecars do. */
  watchers(server: Server, { nodes, encoding, transport }: Watched): Crowd {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion(nodes)}`;
    return this.crowd(server, [
      transport,
      '1',
      encoding,
      `/api/v1/nodes?${query}`,
      PROJECTION_HEADER,
      DIGEST,
    ]);
  }

  /** @param asked as load.ts takes it */
  crowd(
    server: Server,
    asked: readonly [Transport, watchesOfEach: string, Encoding, path: string, ...headers: string[]],
  ): Crowd {
    const args = [String(server.port), server.caFile, ...asked];
    return new Crowd(
      Array.from({ length: PROCESSES }, (_, at) => this.#child(`clients ${at}`, [here('load.ts'), ...args])),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.#started.splice(0).map((child) => child.stop(0)),
      // nginx that is killed leaves its worker behind, which keeps the output open: its end would never be seen.
      ...this.#proxies.splice(0).map((child) => child.stop()),
    ]);
  }

  /** A proxy that goes when all of it stops. */
  keep(proxy: Child): void {
    this.#proxies.push(proxy);
  }

  #child(name: string, args: readonly string[]): Child {
    const child = new Child({ name, command: process.execPath, args, keepLines: 50 });
    this.#started.push(child);
    return child;
  }
}

/**
 * Sends events to all watches.
 *
 * @param changeEvery 0: heartbeats alone
 * @returns the resourceVersion of the last of them
 */
export async function send(
  upstream: Server,
  events: number,
  rate: number,
  changeEvery: number,
): Promise<string> {
  return String(resourceVersion(numberAt(await sent(upstream, events, rate, changeEvery), 'version')));
}

/** How many reviews it has answered. */
export async function reviewsOf(upstream: Server): Promise<number> {
  return numberAt(await sent(upstream, 0, 0, 0), 'reviews');
}

async function sent(upstream: Server, events: number, rate: number, changeEvery: number): Promise<unknown> {
  const nonce = ++asks;
  upstream.child.writeLine(JSON.stringify({ nonce, events, rate, changeEvery }));
  const timeoutMs = TIMEOUT_MS + (rate > 0 ? (events / rate) * 1000 : 0);
  const isDone = (text: string): boolean => text.startsWith(`{"done":${nonce},`);
  return parseJson(await upstream.child.stdout.waitFor('done', isDone, timeoutMs));
}

export class Crowd {
  readonly #children: readonly Child[];
  #size = 0;

  constructor(children: readonly Child[]) {
    this.#children = children;
  }

  /** Opens more, until there are so many. */
  async grow(size: number): Promise<void> {
    const before = this.#share(this.#size);
    const after = this.#share(size);
    this.#size = size;
    await Promise.all(
      this.#children.map(async (child, at) => {
        child.writeLine(`more ${(after[at] ?? 0) - (before[at] ?? 0)}`);
        await child.stdout.waitFor('open', (text) => text === `{"open":${after[at]}}`, TIMEOUT_MS);
      }),
    );
  }

  /** Waits until every client has been sent so many changes since it was last asked. @throws where that takes too long */
  async has(changes: number): Promise<void> {
    const until = performance.now() + TIMEOUT_MS;
    for (const child of this.#children)
      for (;;) {
        const count = await ask(child, 'count');
        assert.equal(textAt(count, 'wrong'), '');
        if (numberAt(count, 'least') >= changes) break;
        assert.ok(performance.now() < until, `not all of ${changes} changes came to every client`);
        await delay(POLL_MS);
      }
  }

  /**
   * How long each change took to each client (ms), the shortest first, since this was last asked.
   *
   * @throws where not every client was sent exactly so many changes, in order
   */
  async took(changes: number): Promise<readonly number[]> {
    const all = await Promise.all(
      this.#children.map(async (child) => {
        const report = await ask(child, 'report');
        assert.equal(textAt(report, 'wrong'), '');
        const [least, most] = [numberAt(report, 'least'), numberAt(report, 'most')];
        assert.ok(least === changes && most === changes, `${least} to ${most} changes came of ${changes}`);
        return report;
      }),
    );
    return all
      .flatMap((report) => listAt(report, 'latenciesMicros').map((micros) => Number(micros) / 1000))
      .sort((a, b) => a - b);
  }

  #share(size: number): number[] {
    const { length } = this.#children;
    return this.#children.map((_, at) => Math.floor(size / length) + (at < size % length ? 1 : 0));
  }
}

let asks = 0;
async function ask(child: Child, what: 'report' | 'count'): Promise<unknown> {
  const nonce = ++asks;
  child.writeLine(`${what} ${nonce}`);
  const isIt = (text: string): boolean => text.startsWith(`{"${what}":{"nonce":${nonce},`);
  return valueAt(parseJson(await child.stdout.waitFor(what, isIt, TIMEOUT_MS)), what);
}
