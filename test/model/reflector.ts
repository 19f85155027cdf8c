/**
 * A client as client-go's reflector is one: it lists and watches, or watches from the beginning, keeps a store, and
 * goes on from the resourceVersion of the last event it has received whole. What it holds must at each moment be what
 * the server had at that resourceVersion.
 */
import assert from 'node:assert/strict';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { ModelFrame } from './model-frame.ts';
import { keyOf } from '../../src/lab/simulator/api-object.ts';
import {
  difference,
  type ModelObject,
  type ModelScope,
  type Seen,
  type Store,
  within,
} from './model-object.ts';
import type { ModelServer, WatchRequest } from './model-server.ts';

export interface ClientConfig {
  /** Index of the subject's, modulo how many there are. */
  readonly scope: number;
  readonly encoding: Encoding;
  readonly bookmarks: boolean;
  /** `watch-list` always asks for bookmarks; `zero` watches from resourceVersion=0 and never lists. */
  readonly kind: 'list' | 'watch-list' | 'zero';
}

interface Checkpoint {
  readonly resourceVersion: string;
  readonly store: Store;
}

const MAX_CHECKPOINTS = 8;

export class Reflector {
  readonly scope: ModelScope;
  readonly config: ClientConfig;
  readonly #server: ModelServer;
  readonly #preset: () => Seen;
  #store = new Map<string, ModelObject>();
  #resourceVersion = '';
  /** Whether the store is a whole state, so that a watch may go on from it. */
  #isSynced = false;
  #checkpoints: Checkpoint[] = [];

  constructor(config: ClientConfig, server: ModelServer, preset: () => Seen) {
    this.config = config;
    const { scopes } = server.options.subject;
    this.scope = scopes[config.scope % scopes.length] ?? assert.fail('no such scope');
    this.#server = server;
    this.#preset = preset;
  }

  /** What it really holds. */
  get store(): Store {
    return this.#store;
  }

  get mustList(): boolean {
    return this.config.kind === 'list' && !this.#isSynced;
  }

  get bookmarks(): boolean {
    return this.config.bookmarks || this.config.kind === 'watch-list';
  }

  /** A relist is never older than what the client has seen. */
  get oldestList(): number {
    return this.#resourceVersion === '' ? 0 : this.#server.indexOf(this.#resourceVersion);
  }

  listed(index: number): void {
    const { store, resourceVersion } = this.#server.entry(index);
    this.#synced(within(this.scope, store), resourceVersion);
    this.#checkpoints = [];
    this.#remember();
  }

  /** Begins a watch: from where the store is, or from the beginning. */
  watchRequest(): WatchRequest {
    const { scope, bookmarks, config } = this;
    if (!this.#isSynced) {
      this.#store = new Map();
      this.#resourceVersion = '';
      this.#checkpoints = [];
    }
    return {
      scope,
      encoding: config.encoding,
      bookmarks,
      resourceVersion: this.#isSynced ? this.#resourceVersion : config.kind === 'zero' ? '0' : '',
      sendInitialEvents: config.kind === 'watch-list' && !this.#isSynced,
    };
  }

  /** @returns false where the client gives the stream up and begins afresh */
  receive({ type, object, resourceVersion, endsInitial }: ModelFrame): boolean {
    if (type === 'ERROR') {
      this.#isSynced = false;
      return false;
    }
    if (object !== undefined) {
      if (type === 'DELETED') this.#store.delete(keyOf(object.metadata));
      else this.#store.set(keyOf(object.metadata), object);
    }
    if (!this.#isSynced && !this.#ends(type, endsInitial)) return true;
    if (this.#isSynced)
      assert.ok(
        this.#server.indexOf(resourceVersion) >= this.#server.indexOf(this.#resourceVersion),
        `I4: resourceVersion went back from ${this.#resourceVersion} to ${resourceVersion}`,
      );
    this.#synced(this.#store, resourceVersion);
    this.#remember();
    return true;
  }

  /** Goes back to some earlier state of its own. */
  rewind(back: number): void {
    const checkpoint = this.#checkpoints.at(-1 - (back % Math.max(1, this.#checkpoints.length)));
    if (checkpoint === undefined || !this.#isSynced) return;
    this.#synced(new Map(checkpoint.store), checkpoint.resourceVersion);
    this.#checkpoints = this.#checkpoints.slice(0, this.#checkpoints.indexOf(checkpoint) + 1);
  }

  /** Nothing is missing and nothing stale, measured by what the client believes to have seen. */
  check(): void {
    if (!this.#isSynced) return;
    this.#checkAgainst(this.#server.indexOf(this.#resourceVersion), 'I4', this.#preset());
  }

  /** Everything has come to rest: the client holds the server's newest state. */
  checkConverged(preset: Seen): void {
    this.#checkAgainst(this.#server.last, 'R41', preset);
  }

  #checkAgainst(index: number, which: string, preset: Seen): void {
    const { store, resourceVersion } = this.#server.entry(index);
    const wrong = difference(preset, this.#store, within(this.scope, store));
    assert.equal(wrong, undefined, `${which}: by the state at ${resourceVersion}, ${wrong}`);
  }

  /** A watch-list ends with its bookmark; elsewhere the first event that is not ADDED shows that all have come. */
  #ends(type: ModelFrame['type'], endsInitial: boolean): boolean {
    return this.config.kind === 'watch-list' ? endsInitial : type !== 'ADDED';
  }

  #synced(store: Map<string, ModelObject>, resourceVersion: string): void {
    this.#store = store;
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
  }

  #remember(): void {
    this.#checkpoints.push({ resourceVersion: this.#resourceVersion, store: new Map(this.#store) });
    if (this.#checkpoints.length > MAX_CHECKPOINTS) this.#checkpoints.shift();
  }
}
