/** A TCP port in front of an API server that can go down in several ways, and come up again. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { lastingPort } from '../support/lasting-port.ts';

export class Switch implements AsyncDisposable {
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(to: number): Promise<Switch> {
    const port = await lastingPort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const made = new Switch(server, port);
    made.lead(to);
    return made;
  }

  /** Cuts what is open, and leads everything new to this port, or hangs up on it. */
  lead(to: number | 'nowhere'): void {
    this.#cut();
    this.#server?.removeAllListeners('connection').on('connection', (client: Socket) => {
      this.#track(client);
      if (to === 'nowhere') {
        client.destroy();
        return;
      }
      const onward = connect({ port: to, host: '127.0.0.1', noDelay: true });
      client.setNoDelay(true);
      this.#track(onward);
      client.pipe(onward).pipe(client);
      client.once('close', () => onward.destroy());
      onward.once('close', () => client.destroy());
    });
  }

  /** Cuts what is open; from now on connections are refused. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.#cut();
    await closed;
  }

  /** Listens again on the same port. */
  async reopen(to: number): Promise<void> {
    if (this.#server === undefined) {
      const server = createServer().listen(this.port, '127.0.0.1');
      await once(server, 'listening');
      this.#server = server;
    }
    this.lead(to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
