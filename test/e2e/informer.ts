/**
 * The client-go informer of go/informer as a child process: what it saw, and its final projected state.
 */

import { Child } from '../support/child.ts';
import { entriesAt, listAt, numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';

export type Mode = 'list-watch' | 'watch-list';
export type Encoding = 'json' | 'protobuf';

export interface InformerState {
  /** Node to projection. */
  readonly nodes: ReadonlyMap<string, unknown>;
  readonly updates: number;
  /** Updates that changed the projected state. */
  readonly changes: number;
  readonly lists: number;
  readonly watches: number;
  readonly cpuSeconds: number;
}

const SYNC_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 10_000;

export class Informer {
  readonly title: string;
  readonly mode: Mode;
  readonly #child: Child;

  constructor(options: {
    readonly program: string;
    readonly kubeconfig: string;
    readonly mode: Mode;
    readonly encoding: Encoding;
    /** "direct" or "through the proxy". */
    readonly way: string;
  }) {
    const { program, kubeconfig, mode, encoding, way } = options;
    this.mode = mode;
    this.title = `${mode}, ${encoding}, ${way}`;
    this.#child = new Child({
      name: `informer (${this.title})`,
      command: program,
      args: [`--kubeconfig=${kubeconfig}`, `--mode=${mode}`, `--encoding=${encoding}`],
      keepLines: 100_000,
    });
  }

  async synced(): Promise<void> {
    await this.#child.stdout.waitFor('synced', (line) => line.includes('"event":"synced"'), SYNC_TIMEOUT_MS);
  }

  /** Waits until the informer has shown this version of an object to its handlers. */
  async reached(resourceVersion: string): Promise<void> {
    const quoted = `"resourceVersion":"${resourceVersion}"`;
    await this.#child.stdout.waitFor(
      `event with ${quoted}`,
      (line) => line.includes(quoted),
      ANSWER_TIMEOUT_MS,
    );
  }

  /** The resourceVersions shown, and the projected states in the order in which each Node got them. */
  history(): { readonly seen: ReadonlySet<string>; readonly states: ReadonlyMap<string, readonly string[]> } {
    const seen = new Set<string>();
    const states = new Map<string, string[]>();
    for (const line of this.#child.stdout.lines) {
      const event = parseJson(line);
      const name = valueAt(event, 'name');
      if (typeof name !== 'string') continue;
      seen.add(textAt(event, 'resourceVersion'));
      const projection = valueAt(event, 'projection');
      if (projection === undefined) continue;
      const known = states.get(name) ?? [];
      states.set(name, [...known, JSON.stringify(projection)]);
    }
    return { seen, states };
  }

  /** Failed or refused watches, as client-go reported them. */
  watchErrors(): readonly string[] {
    return this.#child.stdout.lines.filter((line) => line.includes('"event":"watchError"'));
  }

  async state(): Promise<InformerState> {
    this.#child.writeLine('state');
    const isState = (line: string) => line.includes('"event":"state"');
    const line = parseJson(await this.#child.stdout.waitFor('state', isState, ANSWER_TIMEOUT_MS));
    const state = valueAt(line, 'state');
    return {
      nodes: new Map(entriesAt(state, 'nodes')),
      updates: numberAt(state, 'updates'),
      changes: numberAt(state, 'changes'),
      lists: numberAt(state, 'lists'),
      watches: numberAt(state, 'watches'),
      cpuSeconds: numberAt(state, 'cpuSeconds'),
    };
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** What every MetalLB release together reads of a decoded Node: the oracle of the suite (R14). */
export function projectionOf(node: unknown): string {
  const conditions = listAt(node, 'status', 'conditions');
  const addresses = listAt(node, 'status', 'addresses');
  const first = conditions.find((condition) => valueAt(condition, 'type') === 'NetworkUnavailable');
  return JSON.stringify({
    labels: entriesAt(node, 'metadata', 'labels').toSorted(([a], [b]) => (a < b ? -1 : 1)),
    networkUnavailable: valueAt(first, 'status'),
    unschedulable: valueAt(node, 'spec', 'unschedulable') === true,
    internalIps: addresses
      .filter((address) => valueAt(address, 'type') === 'InternalIP')
      .map((address) => textAt(address, 'address')),
  });
}
