/** A watch by WebSocket: its messages as they came, awaited by what they contain. */

import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { Endpoint, Headers } from './api-client.ts';

const WAIT_MS = 15_000;

export class MessageWatch {
  readonly messages: Buffer[] = [];
  /** What each was: text or binary. */
  readonly kinds = new Set<string>();
  /** The status of the close. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      this.messages.push(Buffer.from(data as Buffer));
      this.kinds.add(isBinary ? 'binary' : 'text');
    });
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async open(endpoint: Endpoint, path: string, headers: Headers = {}): Promise<MessageWatch> {
    const socket = new WebSocket(endpoint.server.replace('https', 'wss') + path, {
      ca: endpoint.ca,
      // kube-apiserver refuses without one (golang.org/x/net/websocket, checkOrigin).
      origin: endpoint.server,
      headers: { authorization: `Bearer ${endpoint.token}`, ...headers },
    });
    const watch = new MessageWatch(socket);
    await once(socket, 'open');
    return watch;
  }

  /** Waits for a message that contains this. */
  async received(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (this.messages.some((message) => message.includes(text))) resolve(undefined);
    };
    const timer = setTimeout(() => reject(new Error(`no message with ${text}`)), WAIT_MS);
    this.#socket.on('message', look);
    look();
    await promise.finally(() => {
      clearTimeout(timer);
      this.#socket.off('message', look);
    });
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    await this.closed;
  }
}
