/**
 * A request that goes to a hub first. Until the hub has given a suitable answer, nothing of it reaches the client;
 * otherwise the same request goes to the API server (I15). Once the hub's answer reaches the client, it may break off
 * like any other answer. asking → hub, or direct → over.
 */
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import { type DirectReason, reasonOf } from './selection.ts';

export interface HubExchangeOptions {
  readonly ask: (handler: ResponseHandler) => Exchange;
  readonly direct: () => Exchange;
  readonly handler: ResponseHandler;
  /** Undefined if the answer is suitable; otherwise the reason why not. */
  readonly judge: (head: ResponseHead) => DirectReason | undefined;
  /** The head that the client gets for the hub's head. */
  readonly headOf: (head: ResponseHead) => ResponseHead;
  /** True if the answer ends by itself, so that a pause in it is a fault. */
  readonly isList: boolean;
  readonly startTimer: StartTimer;
  readonly events: HubExchangeEvents;
}

export interface HubExchangeEvents {
  /** The hub answers: its bytes go to the client. */
  readonly onHub: (exchange: HubExchange) => void;
  /** The API server is asked. `error` is set if the hub gave no answer at all. */
  readonly onDirect: (reason: DirectReason, error?: UpstreamError) => void;
  /** The client has gone before a decision. */
  readonly onAbandoned: () => void;
  /** An answer of the hub has ended; it broke off if there is an error. */
  readonly onOver: (exchange: HubExchange, error?: UpstreamError) => void;
}

/**
 * The longest wait for the head of an answer (ms). Then the API server is asked, so a request is delayed by less than a
 * second.
 */
const HEAD_MS = 800;
/** The longest pause in a list for which the client waits (milliseconds). */
const PAUSE_MS = 5000;

export class HubExchange implements Exchange, ResponseHandler {
  readonly #options: HubExchangeOptions;
  readonly #asked: Exchange;
  #direct: Exchange | undefined;
  #at: 'asking' | 'hub' | 'direct' | 'over' = 'asking';
  #stopTimer: StopTimer;
  /** For a list: true if bytes arrived since the last check, or if the client must read first. */
  #isMoving = false;
  #isPaused = false;

  constructor(options: HubExchangeOptions) {
    this.#options = options;
    this.#stopTimer = options.startTimer(HEAD_MS, () => {
      // If this process was delayed, the answer may be unread in the socket, so it is read before the decision.
      setImmediate(() => this.#instead('timeout', new UpstreamError('headers', 'timeout')));
    });
    this.#asked = options.ask(this);
  }

  abort(): void {
    this.#stopTimer();
    const former = this.#at;
    this.#at = 'over';
    if (former === 'direct') this.#direct?.abort();
    else if (former !== 'over') {
      this.#asked.abort();
      if (former === 'asking') this.#options.events.onAbandoned();
      else this.#options.events.onOver(this);
    }
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#at === 'direct') this.#direct?.resume();
    else this.#asked.resume();
  }

  /** Ends the hub's answer as if its connection had broken. */
  cut(): void {
    if (this.#at !== 'hub') return;
    this.#asked.abort();
    this.onError(new UpstreamError('body', 'closed'));
  }

  onResponse(head: ResponseHead): void {
    if (this.#at !== 'asking') return;
    const { judge, headOf, events, handler, isList } = this.#options;
    const reason = judge(head);
    if (reason !== undefined) {
      this.#instead(reason);
      return;
    }
    this.#at = 'hub';
    this.#stopTimer();
    if (isList) this.#watchPauses();
    events.onHub(this);
    handler.onResponse(headOf(head));
  }

  onData(chunk: Buffer): boolean {
    if (this.#at !== 'hub') return true;
    this.#isMoving = true;
    this.#isPaused = !this.#options.handler.onData(chunk);
    return !this.#isPaused;
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#at !== 'hub') return;
    this.#over();
    this.#options.handler.onEnd(trailers);
  }

  onError(error: UpstreamError): void {
    if (this.#at === 'asking') this.#instead(reasonOf(error), error);
    if (this.#at !== 'hub') return;
    this.#over(error);
    this.#options.handler.onError(error);
  }

  #over(error?: UpstreamError): void {
    this.#at = 'over';
    this.#stopTimer();
    this.#options.events.onOver(this, error);
  }

  /** The exchange with the hub is ended first, so that no more bytes of it can arrive. */
  #instead(reason: DirectReason, error?: UpstreamError): void {
    if (this.#at !== 'asking') return;
    this.#at = 'direct';
    this.#stopTimer();
    this.#asked.abort();
    this.#options.events.onDirect(reason, error);
    this.#direct = this.#options.direct();
  }

  #watchPauses(): void {
    this.#isMoving = false;
    this.#stopTimer = this.#options.startTimer(PAUSE_MS, () => {
      if (this.#isMoving || this.#isPaused) {
        this.#watchPauses();
        return;
      }
      this.#asked.abort();
      this.onError(new UpstreamError('body', 'timeout'));
    });
  }
}
