/** A client that wants to switch protocols, and its connection, which only the handler uses from then on. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Upgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes the client sent behind the request's head. */
  readonly early: Buffer;
  /** Ends the connection after its written bytes. Ending only the socket would wait for a client that stays. */
  readonly leave: () => void;
}
