/**
 * The same informers directly and through one or more proxies, side by side, and what they have to agree
 * on after whatever happened to them: the state they hold, and how often they had to list.
 */

import assert from 'node:assert/strict';

import { Informer } from './informer.ts';
import type { Encoding, InformerState, Mode } from './informer.ts';
import type { Change } from './nodes.ts';
import type { Report } from './report.ts';

export interface Kind {
  readonly mode: Mode;
  readonly encoding: Encoding;
}

/** What MetalLB's speaker does, and what client-go does where nothing forbids it. */
export const USUAL_KINDS: readonly Kind[] = [
  { mode: 'list-watch', encoding: 'protobuf' },
  { mode: 'watch-list', encoding: 'protobuf' },
];

/** All that client-go may do here. */
export const ALL_KINDS: readonly Kind[] = [
  ...USUAL_KINDS,
  { mode: 'list-watch', encoding: 'json' },
  { mode: 'watch-list', encoding: 'json' },
];

/** One way through a proxy. */
export interface Way {
  readonly way: string;
  readonly kubeconfig: string;
}

interface Pair {
  readonly kind: Kind;
  readonly direct: Informer;
  readonly proxied: Informer;
}

export class InformerPairs {
  readonly #pairs: readonly Pair[];

  private constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs;
  }

  /** Resolves when all are synced. */
  static async start(options: {
    readonly program: string;
    readonly kinds: readonly Kind[];
    /** Kubeconfig. */
    readonly direct: string;
    /** A kubeconfig; or several, each compared with the same direct informers. */
    readonly proxied: string | readonly Way[];
  }): Promise<InformerPairs> {
    const { program, kinds, proxied } = options;
    const ways = typeof proxied === 'string' ? [{ way: 'through the proxy', kubeconfig: proxied }] : proxied;
    const pairs = new InformerPairs(
      kinds.flatMap((kind) => {
        const direct = new Informer({ program, kubeconfig: options.direct, ...kind, way: 'direct' });
        return ways.map((way) => ({ kind, direct, proxied: new Informer({ program, ...kind, ...way }) }));
      }),
    );
    try {
      await Promise.all(pairs.#all.map((informer) => informer.synced()));
    } catch (error) {
      await pairs.stop();
      throw error;
    }
    return pairs;
  }

  get #all(): readonly Informer[] {
    return [...new Set(this.#pairs.flatMap(({ direct, proxied }) => [direct, proxied]))];
  }

  /** Waits until every informer shows this change: the last one made, with nothing after it. */
  async reached(change: Change, timeoutMs: number): Promise<void> {
    await Promise.all(this.#all.map((informer) => informer.reached(change.resourceVersion, timeoutMs)));
  }

  /** Same Nodes and projected state as the API server has (I5), and no more lists than direct (R5). */
  async judge(report: Report, when: string, nodeNames: readonly string[]): Promise<void> {
    await this.judgeState(report, when, nodeNames);
    for (const { direct, proxied } of this.#pairs) {
      const [directState, state] = [await direct.state(), await proxied.state()];
      await report.check(`${proxied.title}: ${when} no more lists than direct (R5)`, () => {
        assert.ok(state.answeredLists <= directState.answeredLists, history(proxied, direct));
      });
    }
  }

  /** Same Nodes and projected state as the API server has (I5). */
  async judgeState(report: Report, when: string, nodeNames: readonly string[]): Promise<void> {
    for (const { direct, proxied } of this.#pairs) {
      const { title } = proxied;
      const [directState, state] = [await direct.state(), await proxied.state()];
      report.note(
        `${title}: ${text(state)}, direct ${text(directState)}; ` +
          `${state.watches} watches, direct ${directState.watches}; ` +
          `${state.updates} updates, ${state.changes} of them changes, direct ${directState.updates}`,
      );
      await report.check(`${title}: ${when} the same Nodes in the same state as direct (I5, I9)`, () => {
        assert.deepEqual([...state.nodes.keys()].toSorted(), nodeNames.toSorted());
        assert.deepEqual(state.nodes, directState.nodes);
      });
    }
  }

  /** Lists that were answered so far, by the title of the informer. */
  async answeredLists(): Promise<{
    readonly direct: ReadonlyMap<string, number>;
    readonly proxied: ReadonlyMap<string, number>;
  }> {
    const of = async (informers: readonly Informer[]) =>
      new Map(
        await Promise.all(
          informers.map(
            async (informer) => [informer.title, (await informer.state()).answeredLists] as const,
          ),
        ),
      );
    return {
      direct: await of(this.#pairs.map(({ direct }) => direct)),
      proxied: await of(this.#pairs.map(({ proxied }) => proxied)),
    };
  }

  /** Lists of the direct informer of this mode that were answered. */
  async directLists(mode: Mode): Promise<number> {
    const pair = this.#pairs.find(({ kind }) => kind.mode === mode);
    assert.ok(pair, `no informer of mode ${mode}`);
    return (await pair.direct.state()).answeredLists;
  }

  /** Updates that each direct informer was shown: what really came over its stream. */
  async directUpdates(): Promise<readonly number[]> {
    const informers = new Set(this.#pairs.map(({ direct }) => direct));
    return Promise.all([...informers].map(async (informer) => (await informer.state()).updates));
  }

  proxiedStates(): Promise<readonly InformerState[]> {
    return Promise.all(this.#pairs.map(({ proxied }) => proxied.state()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((informer) => informer.stop()));
  }
}

function text({ lists, watchLists, answeredLists }: InformerState): string {
  const failed = lists + watchLists - answeredLists;
  return `${answeredLists} lists${failed === 0 ? '' : ` (and ${failed} that failed)`}`;
}

function history(proxied: Informer, direct: Informer): string {
  return [
    proxied.title,
    ...proxied.requests().slice(-15),
    direct.title,
    ...direct.requests().slice(-15),
  ].join('\n');
}
