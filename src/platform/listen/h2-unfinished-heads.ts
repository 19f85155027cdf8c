/**
 * Bounds the heads over HTTP/2 that do not come to their end. nghttp2 keeps the fields of one for each connection, up to
 * its limit for a head, and tells nobody. But within a head no other frame may come (RFC 9113 section 4.3), so a client
 * that answers a PING is not within one. A connection on which more has come than is free is sent a PING, and until it
 * is answered what has come counts as an unfinished head. The memory limit of a session in Node.js is no such bound: it
 * would have to leave room for 250 requests on each of thousands of connections.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { ArrivingHeads } from './arriving-heads.ts';
import type { Connection } from './connection.ts';
import { FREE_HEAD_BYTES } from './head-bytes.ts';

/** How often it looks (milliseconds). */
const LOOK_MS = 1000;
/**
 * The looks until an unanswered PING tells something. The answer may be there and not be read yet, if this process has
 * had long turns; a client that hangs is not within a head either. What comes meanwhile is not counted.
 */
const LOOKS_TO_ANSWER = 3;
/** The most that Node.js reads from a socket at one time. */
const READ_BYTES = 64 * 1024;

export interface UnfinishedHeadsOptions {
  readonly arriving: ArrivingHeads;
  /** The longest time until a head is complete (milliseconds). */
  readonly headTimeoutMs: number;
}

export interface WatchedSession {
  readonly connection: Connection;
  readonly session: ServerHttp2Session;
  /** The most bytes that one head takes. */
  readonly maxBytes: number;
  /** Called when its head is late. */
  readonly onLate: () => void;
}

interface Watched extends WatchedSession {
  /** Bytes that belong to no unfinished head: they came before a PING that was answered, or before the end of a head. */
  settled: number;
  /** How often it was looked at since a PING was sent; undefined if none is under way. */
  looks: number | undefined;
}

export class UnfinishedHeads {
  readonly #options: UnfinishedHeadsOptions;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UnfinishedHeadsOptions) {
    this.#options = options;
  }

  /** Watches a session until it is closed. @returns a function to call when a head has come to its end */
  watch(session: WatchedSession): () => void {
    const watched: Watched = { ...session, settled: 0, looks: undefined };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#lookAtAll(), LOOK_MS).unref();
    session.session.once('close', () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    return () => {
      // The read that brought its end may have brought the beginning of another one.
      watched.settled = Math.max(watched.settled, bytesReadBy(watched) - READ_BYTES);
    };
  }

  #lookAtAll(): void {
    // Looking at one may end others, whose sessions close later.
    for (const watched of this.#watched)
      if (!watched.session.destroyed && watched.connection.state !== 'gone') this.#look(watched);
  }

  #look(watched: Watched): void {
    const { connection, maxBytes, settled, looks } = watched;
    const bytesRead = bytesReadBy(watched);
    if (looks === undefined) {
      if (bytesRead - settled > FREE_HEAD_BYTES) this.#ask(watched, bytesRead);
      return;
    }
    watched.looks = looks + 1;
    if (looks * LOOK_MS >= this.#options.headTimeoutMs) watched.onLate();
    else if (looks >= LOOKS_TO_ANSWER) this.#count(connection, Math.min(bytesRead - settled, maxBytes));
  }

  #ask(watched: Watched, bytesRead: number): void {
    watched.looks = 1;
    watched.session.ping((error) => {
      if (error !== null) return;
      watched.looks = undefined;
      watched.settled = Math.max(watched.settled, bytesRead);
      this.#count(watched.connection, 0);
    });
  }

  #count(connection: Connection, bytes: number): void {
    connection.unfinishedHead = bytes;
    this.#options.arriving.held(connection);
  }
}

function bytesReadBy({ connection }: Watched): number {
  return connection.socket?.bytesRead ?? 0;
}
