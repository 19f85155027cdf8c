/**
 * The seam between pass-through and filtering: who wants to read a filtered watch, or to look at a list
 * that passes, says so here. Types only, so that this folder knows nothing of events.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { FilteredList, FilteredWatch } from './classify.ts';

/** Where what is left of a watch is written. */
export interface ClientEnd extends Writable {
  /** Emits `timeout` when the client has taken nothing for so long (milliseconds). */
  setTimeout(ms: number): unknown;
}

/** A filtered-watch request whose response head has come. */
export interface WatchOpening {
  readonly classified: FilteredWatch;
  /** As upstream sent it. */
  readonly head: ResponseHead;
  readonly exchange: Exchange;
  /** The client's request headers, names in lower case. */
  readonly requestHeaders: IncomingHttpHeaders;
  /** The same as they came: flat `[name, value, ...]`. They hold the client's credentials. */
  readonly rawRequestHeaders: readonly string[];
  /** The response to the client. Its head is written and flushed right after {@link OpenWatch} returns. */
  readonly res: ClientEnd;
  /** The client's connection. */
  readonly peer: Socket | null;
  /** Whether events are messages of a WebSocket (status 101), and not the body of a response. */
  readonly isWebSocket: boolean;
}

/** Hears a watch that was taken over. */
export interface WatchHandler extends ResponseHandler {
  /** What it writes is not compressed although upstream's bytes are: the client's head must not say so (R13). */
  readonly decodes?: boolean;
  /** Ends the watch cleanly, for the sake of others. What waits for the client may go on waiting for it. */
  giveWay(): void;
}

/**
 * Takes a watch over, or declines it with undefined: then it passes through unchanged.
 *
 * The handler's `onResponse` is not called: the head is in the opening. Every later `onData`, `onEnd` and
 * `onError` is, after the head (without Content-Length) was flushed to the client, and from then on the
 * handler owns `res`. When the client goes, the exchange is aborted for it and it hears no more; `res`
 * then emits `close`.
 */
export type OpenWatch = (opening: WatchOpening) => WatchHandler | undefined;

/** Looks at a list while it passes unchanged. */
export interface ListTapping {
  /**
   * Bytes of the body as upstream sent them, Content-Encoding included.
   * @returns false: too much of it is waiting, `caughtUp` is called as soon as more is welcome
   */
  onData(chunk: Buffer): boolean;
  /**
   * The body is complete; not called for one that broke off. `done` is called once, soon: only then may the client
   * see the end, or its watch could begin before what was learnt from the list is there (R16).
   */
  onEnd(done: () => void): void;
  /** The client has all of it, or has gone: called once, at the very end. */
  onGone(): void;
}

/** Wants to look at this list, or declines with undefined. */
export type TapList = (list: {
  readonly classified: FilteredList;
  readonly head: ResponseHead;
  /** As they came: flat `[name, value, ...]`. They hold the client's credentials. */
  readonly rawRequestHeaders: readonly string[];
  /** See {@link ListTapping.onData}; may be called at other times too. */
  readonly caughtUp: () => void;
}) => ListTapping | undefined;
