/** One request of a client and the response to it, over either version of HTTP. Those of node:http are of this form. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

export interface ClientRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** As received: flat `[name, value, ...]`. */
  readonly rawHeaders: string[];
  /** Copies the body; `to` is ended only after a complete one. */
  pipe<To extends NodeJS.WritableStream>(to: To): To;
  /** Reads what is left of the body, and drops it. */
  resume(): unknown;
}

export interface ClientResponse extends Writable {
  readonly req: Pick<ClientRequest, 'resume'>;
  readonly socket: Socket | null;
  readonly headersSent: boolean;
  sendDate: boolean;
  /** False ends the connection behind this response. HTTP/2 has another way to do so, and ignores it. */
  shouldKeepAlive: boolean;
  /** @throws Error for what HTTP cannot carry; the head is not sent then. */
  writeHead(code: number, headers: string[]): unknown;
  writeHead(code: number, reason: string, headers: string[]): unknown;
  addTrailers(fields: readonly [string, string][]): void;
  /** Emits `timeout` if the client has taken nothing for this time while something waits for it (milliseconds). */
  setTimeout(ms: number): unknown;
}
