/**
 * The model: a server, a sidecar and its clients, and what happens to them. After each action every connection and
 * every client is judged; at its end all must come to rest in the server's newest state.
 */
import assert from 'node:assert/strict';
import { keyOf } from '../../src/lab/simulator/api-object.ts';
import type { Mode } from '../../src/core/projection/filter.ts';
import { SwallowRecord } from '../../src/serve/watch/swallow-record.ts';
import { encodersOf } from '../../src/lab/simulator/encoding.ts';
import type { Action, Run, WorldConfig } from './actions.ts';
import { Connection } from './connection.ts';
import { changed, freshState, type Seen, type Subject, within } from './model-object.ts';
import { ModelServer } from './model-server.ts';
import { HELD_FRAME_AGE_MS, ModelSidecar } from './model-sidecar.ts';
import { Reflector } from './reflector.ts';
import type { Stats } from './stats.ts';

type HistoryAction = Extract<Action, { do: 'beat' | 'change' | 'blip' | 'appear' | 'skip' | 'compact' }>;

interface Client {
  readonly reflector: Reflector;
  /** When anyone was last sent an object, by name; the same map for all clients of a scope. */
  readonly deliveries: Map<string, number>;
  connection: Connection | undefined;
}

/** After so many rounds of letting everything arrive, all clients must have come to rest. */
const MAX_ROUNDS = 8;
/** Below the time between any two things that a sidecar does by itself to one stream. */
const LONGEST_PASS_MS = 60_000;

/** Runs it all, to rest. @throws AssertionError naming the requirement that does not hold */
export function play({ config, actions }: Run, stats: Stats, subject: Subject): void {
  const world = new World(config, stats, subject);
  for (const action of actions) world.step(action);
  world.rest();
}

export class World {
  readonly #config: WorldConfig;
  readonly #stats: Stats;
  readonly #subject: Subject;
  readonly #server: ModelServer;
  readonly #clients: readonly Client[];
  readonly #random: () => number;
  #sidecar: ModelSidecar;
  #mode: Mode = 'filter';
  #preset: Seen;
  #wasPresetChanged = false;
  readonly #record = new SwallowRecord([]);
  #now = 0;

  constructor(config: WorldConfig, stats: Stats, subject: Subject) {
    this.#config = config;
    this.#stats = stats;
    this.#subject = subject;
    this.#random = mulberry32(config.seed);
    this.#preset = subject.seen(config.preset);
    this.#server = new ModelServer(
      { ...config, subject, start: BigInt(config.start) },
      subject.keys.slice(0, 2),
    );
    this.#sidecar = this.#newSidecar();
    const scopes = new Map<string, Map<string, number>>();
    this.#clients = config.clients.map((asked) => {
      const client = subject.isJsonOnly === true ? { ...asked, encoding: 'json' as const } : asked;
      const key = `${client.scope}/${client.encoding}`;
      const deliveries = scopes.get(key) ?? new Map<string, number>();
      scopes.set(key, deliveries);
      const reflector = new Reflector(client, this.#server, () =>
        this.#wasPresetChanged ? subject.least : this.#preset,
      );
      return { reflector, deliveries, connection: undefined };
    });
  }

  step(action: Action): void {
    this.#act(action);
    for (const { reflector } of this.#clients) reflector.check();
  }

  /** Lets everything arrive. Every client must then hold what the server has, and nobody owe anything. */
  rest(): void {
    this.#comeToRest();
    if (this.#wasPresetChanged) {
      for (const node of this.#subject.keys.keys()) this.#history({ do: 'beat', node, times: 1, odd: false });
      this.#comeToRest();
    }
    for (const client of this.#clients) {
      client.reflector.check();
      client.reflector.checkConverged(this.#preset);
      client.connection?.disconnect();
    }
    assert.equal(this.#sidecar.time.running, 0, 'I6: no timer outlives its stream');
    assert.equal(this.#sidecar.streams.size, 0, 'I6: no stream outlives its client');
  }

  #comeToRest(): void {
    for (let round = 0; !this.#isAtRest(); round++) {
      assert.ok(round < MAX_ROUNDS, 'R41: the clients do not come to rest');
      for (const client of this.#clients) {
        client.connection?.setSlow(false);
        this.#settle(client);
        // The end of initial events may still be due.
        for (let i = 0; i < 2; i++) client.connection?.watch.bookmark();
        this.#settle(client);
      }
      this.#pass(HELD_FRAME_AGE_MS);
      for (const client of this.#clients) this.#settle(client);
    }
  }

  #isAtRest(): boolean {
    return this.#clients.every(({ connection }) => connection?.isQuiet === true);
  }

  #act(action: Action): void {
    if ('client' in action) {
      const client = this.#clients[action.client % this.#clients.length];
      if (client !== undefined) this.#clientActs(client, action);
      return;
    }
    switch (action.do) {
      case 'pass':
        this.#pass(action.ms);
        break;
      case 'mode':
        if (this.#config.live !== 'none') this.#change(action.mode, this.#preset);
        break;
      case 'preset':
        if (this.#config.live === 'mode and preset')
          this.#change(this.#mode, this.#subject.seen(action.preset));
        break;
      case 'drain':
        this.#drain();
        break;
      case 'kill':
        this.#kill(action.flushed);
        break;
      case 'beat':
      case 'change':
      case 'blip':
      case 'appear':
      case 'skip':
      case 'compact':
        this.#history(action);
        break;
      default:
        action satisfies never;
    }
  }

  #change(mode: Mode, preset: Seen): void {
    if (mode !== this.#mode) this.#stats.modeChanges++;
    const isOther = preset !== this.#preset;
    [this.#mode, this.#preset] = [mode, preset];
    this.#sidecar.filter.change({ mode, projection: preset.projection });
    if (!isOther) return;
    this.#stats.presetChanges++;
    this.#wasPresetChanged = true;
    for (const { connection } of this.#clients) connection?.presetChanged();
  }

  #history(action: HistoryAction): void {
    const server = this.#server;
    if (action.do === 'skip') {
      server.skip(action.jump);
      return;
    }
    if (action.do === 'compact') {
      server.compact(action.keep);
      return;
    }
    const { keys } = this.#subject;
    const key = keys[action.node % keys.length] ?? '';
    const state = server.state(key);
    if (action.do === 'appear') {
      if (state !== undefined) server.set(key, undefined, 1);
      if (state === undefined || action.again) server.set(key, freshState(key, server.nextUid()), 2);
    } else if (state !== undefined && action.do === 'change') {
      server.set(key, changed(state, action.part, action.value, server.nextUid()), 1, action.odd);
    } else if (state !== undefined && action.do === 'blip') {
      const { part, value, odd } = action;
      const between = changed(state, part, value, server.nextUid());
      server.set(key, { ...between, isBig: !odd }, 1, odd);
      server.set(key, { ...state, beat: state.beat + 1 }, 1);
    } else if (state !== undefined && action.do === 'beat') {
      for (let i = 1; i <= action.times; i++)
        server.set(key, { ...state, beat: state.beat + i }, 1, action.odd);
    }
  }

  #clientActs(client: Client, action: Extract<Action, { client: number }>): void {
    const { connection } = client;
    switch (action.do) {
      case 'connect':
        this.#connect(client, action);
        break;
      case 'settle':
        this.#settle(client);
        break;
      case 'receive':
        this.#receive(client, action.bytes);
        break;
      case 'disconnect':
        connection?.disconnect();
        client.connection = undefined;
        client.reflector.rewind(action.back);
        break;
      case 'bookmark':
        connection?.watch.bookmark();
        break;
      case 'deliver':
        connection?.deliver(action.bytes);
        break;
      case 'slow':
        connection?.setSlow(action.slow);
        break;
      case 'slow-timeout':
        connection?.slowTimeout();
        break;
      case 'upstream-end':
        connection?.endUpstream();
        break;
      case 'upstream-cut':
        connection?.cutUpstream(action.bytes, action.error);
        break;
      default:
        action satisfies never;
    }
  }

  #connect(client: Client, how: { lag: number; chunk: number; whole: boolean }): void {
    if (client.connection !== undefined) return;
    if (client.reflector.mustList) {
      this.#list(client, how);
      return;
    }
    const { deliveries, reflector } = client;
    client.connection = new Connection({
      maxSuppressionMs: this.#config.maxSuppressionMs,
      preset: () => this.#preset,
      mode: () => this.#mode,
      server: this.#server,
      sidecar: this.#sidecar,
      reflector,
      deliveries,
      now: () => this.#now,
      stats: this.#stats,
    });
  }

  #list(
    { reflector, deliveries }: Client,
    { lag, chunk, whole }: { lag: number; chunk: number; whole: boolean },
  ) {
    const server = this.#server;
    const index = Math.max(reflector.oldestList, server.oldest, server.last - lag);
    const { store, resourceVersion } = server.entry(index);
    const objects = [...within(reflector.scope, store).values()];
    const { encoding } = reflector.config;
    const body = encodersOf(this.#subject.kind)[encoding].list(resourceVersion, objects);
    this.#sidecar.list(reflector.scope, encoding, body, { chunk, isWhole: whole });
    this.#stats.lists++;
    if (!whole) return;
    reflector.listed(index);
    for (const { metadata } of objects) deliveries.set(keyOf(metadata), this.#now);
  }

  #receive(client: Client, bytes: number): void {
    if (client.connection?.receive(bytes) === true) client.connection = undefined;
  }

  #settle(client: Client): void {
    const how = { lag: 0, chunk: 4096, whole: true };
    if (client.connection === undefined && client.reflector.mustList) this.#connect(client, how);
    this.#connect(client, how);
    client.connection?.deliver(Infinity);
    this.#receive(client, Infinity);
  }

  /** In parts, so that what happens at different times is seen at different times. */
  #pass(ms: number): void {
    for (let left = ms; left > 0; left -= LONGEST_PASS_MS) {
      const part = Math.min(left, LONGEST_PASS_MS);
      this.#now += part;
      this.#sidecar.time.pass(part);
      for (const { connection } of this.#clients) {
        const wasEnded = connection?.isEnded ?? true;
        connection?.timePassed();
        if (!wasEnded && connection?.isEnded === true) this.#stats.deadlines++;
      }
    }
  }

  #drain(): void {
    this.#stats.restarts++;
    this.#sidecar.drain();
    for (const { connection } of this.#clients) connection?.observe();
    this.#sidecar = this.#newSidecar();
  }

  #kill(flushed: boolean): void {
    this.#stats.restarts++;
    for (const client of this.#clients) {
      if (flushed) this.#receive(client, Infinity);
      client.connection = undefined;
    }
    this.#sidecar = this.#newSidecar();
  }

  #newSidecar(): ModelSidecar {
    return new ModelSidecar({
      subject: this.#subject,
      preset: this.#preset,
      mode: this.#mode,
      maxSuppressionMs: this.#config.maxSuppressionMs,
      random: this.#random,
      record: this.#record,
    });
  }
}

/** A small source of reproducible chance, by T. Ettinger. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
