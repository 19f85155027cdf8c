/** One watch of one client through the sidecar: upstream's bytes, the stream, the client's socket. */
import assert from 'node:assert/strict';
import type { WatchHandler } from '../../src/serve/proxy/watch-hook.ts';
import { UpstreamError } from '../../src/platform/upstream/upstream-error.ts';
import { BOOKMARK_INTERVAL_MS, HELD_FRAME_AGE_MS, spoil, type ModelSidecar } from './model-sidecar.ts';
import { MAX_FRAME_BYTES, type ModelObject, within } from './model-object.ts';
import { ModelResponse } from './model-response.ts';
import { ServerWatch, type ModelServer } from './model-server.ts';
import type { Reflector } from './reflector.ts';
import type { Stats } from './stats.ts';
import { StreamOracle, type StreamOracleOptions } from './stream-oracle.ts';

export interface ConnectionOptions extends Pick<
  StreamOracleOptions,
  'preset' | 'mode' | 'deliveries' | 'maxSuppressionMs' | 'stats'
> {
  readonly server: ModelServer;
  readonly sidecar: ModelSidecar;
  readonly reflector: Reflector;
  readonly now: () => number;
}

export class Connection {
  readonly watch: ServerWatch;
  readonly response = new ModelResponse();
  readonly #oracle: StreamOracle;
  readonly #handler: WatchHandler;
  readonly #reflector: Reflector;
  readonly #sidecar: ModelSidecar;
  readonly #now: () => number;
  readonly #stats: Stats;
  #upstream: 'open' | 'over' = 'open';
  #isPaused = false;
  #isEnded = false;
  /** Taken by the socket, not received by the client. */
  #onTheWay = 0;
  #received = 0;
  #handedOver = 0;

  constructor(options: ConnectionOptions) {
    const { server, sidecar, reflector, now, stats } = options;
    this.#reflector = reflector;
    this.#sidecar = sidecar;
    this.#now = now;
    this.#stats = stats;
    const request = reflector.watchRequest();
    this.watch = new ServerWatch(server, request);
    const { startIndex } = this.watch;
    const nothing = new Map<string, ModelObject>();
    const declared =
      startIndex === undefined ? nothing : within(request.scope, server.entry(startIndex).store);
    const held = startIndex === undefined ? nothing : reflector.store;
    const maxLagMs = request.bookmarks ? BOOKMARK_INTERVAL_MS : HELD_FRAME_AGE_MS;
    const exchange = { abort: () => this.#upstreamOver(), resume: () => this.#resume() };
    this.#handler = sidecar.watch(request, exchange, this.response);
    const stream = sidecar.streams.open().at(-1);
    const baselineSize = (): number => stream?.sieve.baselineSize ?? 0;
    this.#oracle = new StreamOracle({
      ...options,
      watch: this.watch,
      declared,
      held,
      maxLagMs,
      baselineSize,
    });
    this.observe();
    stats.watches++;
    if (this.watch.isOver) stats.expired++;
  }

  /** The sidecar's preset was changed. */
  presetChanged(): void {
    this.#oracle.presetChanged();
  }

  /** Upstream sends so many of the bytes that it has. */
  deliver(bytes: number): void {
    if (!this.#maySend()) return;
    this.watch.sync();
    const chunk = this.watch.take(bytes < 0 ? Math.max(0, this.watch.waiting + bytes) : bytes);
    if (chunk.length > MAX_FRAME_BYTES) this.#stats.oversize++;
    if (chunk.length > 0) {
      this.#isPaused = !this.#handler.onData(chunk);
      spoil(chunk);
    }
    if (this.watch.isOver && this.watch.waiting === 0) this.#finish();
    this.observe();
  }

  /** The server ends the watch once it has sent everything. */
  endUpstream(): void {
    if (!this.#maySend()) return;
    this.deliver(Infinity);
    if (!this.#maySend()) return;
    this.watch.end();
    this.#finish();
    this.observe();
  }

  /** The response breaks off after so many more bytes, visibly or as if it were over. */
  cutUpstream(bytes: number, isError: boolean): void {
    if (!this.#maySend()) return;
    this.deliver(bytes);
    if (!this.#maySend()) return;
    if (!this.watch.end()) this.#stats.tornStreams++;
    if (isError && this.#upstreamOver()) this.#handler.onError(new UpstreamError('body', 'reset'));
    else this.#finish();
    this.observe();
  }

  /** The client takes so many bytes. @returns whether the connection is over for it */
  receive(bytes: number): boolean {
    const taken = bytes < 0 ? Math.max(0, this.#onTheWay + bytes) : Math.min(bytes, this.#onTheWay);
    this.#onTheWay -= taken;
    this.#received += taken;
    for (;;) {
      const next = this.#oracle.sent[this.#handedOver];
      if (next === undefined || next.end > this.#received) break;
      this.#handedOver++;
      if (!this.#reflector.receive(next.frame)) {
        this.disconnect();
        return true;
      }
    }
    return (
      this.#isEnded && this.#onTheWay === 0 && (this.response.isFinished || this.response.at === 'destroyed')
    );
  }

  /** The client goes, and with it whatever it has not received. */
  disconnect(): void {
    const { response } = this;
    this.observe();
    if (this.#onTheWay > 0 || response.writableLength > 0) this.#stats.lostBytes++;
    const isOwed = response.writableLength > 0;
    const { size } = this.#sidecar.snapshots;
    const wasOpen = response.at === 'open';
    response.close();
    assert.equal(this.#upstream, 'over', 'R10: upstream hears at once that the client has gone');
    if (isOwed && wasOpen)
      assert.ok(
        this.#sidecar.snapshots.size <= size,
        'R16: no snapshot of what was not handed to the client',
      );
  }

  setSlow(isSlow: boolean): void {
    this.response.setSlow(isSlow);
    this.observe();
  }

  slowTimeout(): void {
    if (!this.response.isSlow) return;
    if (this.response.at === 'open' && this.response.writableLength > 0) this.#stats.slowEnds++;
    this.response.emit('timeout');
    this.observe();
  }

  /** Judges what has happened since the last call. */
  observe(): void {
    if (this.#isEnded) {
      this.#onTheWay += this.response.takeLeft().length;
      return;
    }
    const { at } = this.response;
    this.#oracle.step(this.response.takeWritten(), this.#now(), at !== 'open');
    this.#onTheWay += this.response.takeLeft().length;
    if (this.response.writableNeedDrain) this.#oracle.blocked(this.#now());
    if (at === 'open') return;
    this.#isEnded = true;
    this.#oracle.ended(at);
    assert.equal(this.#upstream, 'over', 'R10: a stream that is over has no upstream');
  }

  timePassed(): void {
    const wasOpen = this.response.at === 'open';
    this.observe();
    if (this.#isEnded) return;
    if (wasOpen) this.#oracle.checkLag(this.#now());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether nothing is left to be sent on, told or received. */
  get isQuiet(): boolean {
    this.watch.sync();
    const isWaiting = this.watch.waiting > 0 || this.response.writableLength > 0 || this.#onTheWay > 0;
    return !isWaiting && !this.#oracle.isBehind && !this.#isEnded;
  }

  #maySend(): boolean {
    return this.#upstream === 'open' && !this.#isPaused;
  }

  #finish(): void {
    if (this.#upstreamOver()) this.#handler.onEnd([]);
  }

  #upstreamOver(): boolean {
    const wasOpen = this.#upstream === 'open';
    this.#upstream = 'over';
    return wasOpen;
  }

  #resume(): void {
    this.#isPaused = false;
  }
}
