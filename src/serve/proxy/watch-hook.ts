/**
 * The interface between pass-through and filtering: handlers that take a filtered watch over or read a list that passes
 * through. It has only types, so that this folder does not depend on events.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { FilteredList, FilteredWatch } from './classify.ts';

/** The client's side of a filtered watch. */
export interface ClientEnd extends Writable {
  /** Emits `timeout` if the client has read nothing for this time (milliseconds). */
  setTimeout(ms: number): unknown;
}

/** A request for a filtered watch whose response head has arrived. */
export interface WatchOpening {
  readonly classified: FilteredWatch;
  /** The unchanged response head of upstream. */
  readonly head: ResponseHead;
  readonly exchange: Exchange;
  /** The client's request headers, names in lower case. */
  readonly requestHeaders: IncomingHttpHeaders;
  /** The same headers unchanged: flat `[name, value, ...]`. They contain the client's credentials. */
  readonly rawRequestHeaders: readonly string[];
  /** The response to the client. Its head is written and flushed right after {@link OpenWatch} returns. */
  readonly res: ClientEnd;
  /** The client's connection. */
  readonly peer: Socket | null;
  /** True if events are messages of a WebSocket (status 101) instead of the body of a response. */
  readonly isWebSocket: boolean;
}

/** Handles a watch that was taken over. */
export interface WatchHandler extends ResponseHandler {
  /** True if the handler decodes compressed bytes, so that the client's head must not name the compression (R13). */
  readonly decodes?: boolean;
  /** Ends the watch cleanly to make room for others. Bytes that wait for the client may remain. */
  giveWay(): void;
}

/**
 * Takes a watch over, or declines it by returning undefined; the watch then passes through unchanged.
 *
 * The handler's `onResponse` is not called, because the opening has the head. `onData`, `onEnd` and `onError` are
 * called after the head (without Content-Length) was flushed to the client. From then on the handler owns `res`. When
 * the client goes, the exchange is aborted, no further method of the handler is called, and `res` emits `close`.
 */
export type OpenWatch = (opening: WatchOpening) => WatchHandler | undefined;

/** Reads a list while it passes through unchanged. */
export interface ListTapping {
  /**
   * Receives bytes of the body as upstream sent them, still with its Content-Encoding.
   * @returns false if too many bytes wait; `caughtUp` is called when the list may continue
   */
  onData(chunk: Buffer): boolean;
  /**
   * The body is complete; not called for a body that broke off. The tap calls `done` once and soon. The client gets the
   * end of the list only then, because its watch must not begin before the snapshot of the list is kept (R16).
   */
  onEnd(done: () => void): void;
  /** Called once, at the very end, when the client has the whole list or has gone. */
  onGone(): void;
}

/** Reads this list, or declines it by returning undefined. */
export type TapList = (list: {
  readonly classified: FilteredList;
  readonly head: ResponseHead;
  /** The unchanged request headers: flat `[name, value, ...]`. They contain the client's credentials. */
  readonly rawRequestHeaders: readonly string[];
  /** See {@link ListTapping.onData}. It may also be called at other times. */
  readonly caughtUp: () => void;
}) => ListTapping | undefined;
