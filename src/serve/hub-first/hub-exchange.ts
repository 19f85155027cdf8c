/**
 * One request that goes to a hub first. Until the hub has answered as it should, nothing of it reaches the client, and
 * the very same request goes to the API server instead (I15). From then on it is an answer like any other, and breaks
 * like any other.
 *
 * asking → hub, or direct → over.
 */
import { type Exchange, type ResponseHandler, type ResponseHead } from '../../platform/upstream/exchange.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { type StartTimer, type StopTimer } from '../../platform/timer.ts';
import { type DirectReason, reasonOf } from './selection.ts';

export interface HubExchangeOptions {
  /** Sends the request to the hub. */
  readonly ask: (handler: ResponseHandler) => Exchange;
  /** Sends the request to the API server. */
  readonly direct: () => Exchange;
  readonly handler: ResponseHandler;
  /** Undefined: the answer is what was asked for. Else why not. */
  readonly judge: (head: ResponseHead) => DirectReason | undefined;
  /** What reaches the client of the hub's head. */
  readonly headOf: (head: ResponseHead) => ResponseHead;
  /** Whether the answer has an end to wait for, so that a pause in it is a fault. */
  readonly isList: boolean;
  readonly startTimer: StartTimer;
  readonly events: HubExchangeEvents;
}

export interface HubExchangeEvents {
  /** The hub answers: what it sends goes to the client. */
  readonly onHub: (exchange: HubExchange) => void;
  /** The API server is asked. `error`: where the hub gave no answer at all. */
  readonly onDirect: (reason: DirectReason, error?: UpstreamError) => void;
  /** The client has gone before anything was decided. */
  readonly onAbandoned: () => void;
  /** An answer of the hub has ended, and broken off where there is an error. */
  readonly onOver: (exchange: HubExchange, error?: UpstreamError) => void;
}

/** Longest wait for the head of an answer; then the API server is asked, within a second in all (ms). */
const HEAD_MS = 800;
/** Longest pause in a list that the client waits for (milliseconds). */
const PAUSE_MS = 5000;

export class HubExchange implements Exchange, ResponseHandler {
  readonly #options: HubExchangeOptions;
  readonly #asked: Exchange;
  #direct: Exchange | undefined;
  #at: 'asking' | 'hub' | 'direct' | 'over' = 'asking';
  #stopTimer: StopTimer;
  /** Of a list: whether anything came since it was looked at, or the client has to read first. */
  #isMoving = false;
  #isPaused = false;

  constructor(options: HubExchangeOptions) {
    this.#options = options;
    this.#stopTimer = options.startTimer(HEAD_MS, () => {
      // Where this process was held up, the answer may lie unread in the socket: read before judging.
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

  /** Ends an answer of the hub as if the connection had broken. */
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

  /** The hub is given up first, so that nothing more of it can come. */
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
