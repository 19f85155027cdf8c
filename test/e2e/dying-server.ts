/**
 * Stands in front of the real API server, has it carry out every write, and closes the connection before the answer, as
 * a machine that fails in that moment. What reads is answered.
 */

import { Client } from 'undici';

import type { HttpVersion } from '../faults/table.ts';
import { startApiServer } from '../support/api-server.ts';
import type { ApiRequest, ApiResponse, ApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import type { Endpoint } from './api-client.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'transfer-encoding', 'keep-alive', 'host']);

export class DyingServer {
  /** The writes that reached it, as `POST`, an upgrade as `POST exec`. */
  readonly writes: string[] = [];
  readonly #api: ApiServer;
  readonly #client: Client;

  private constructor(api: ApiServer, client: Client) {
    this.#api = api;
    this.#client = client;
  }

  static async start(target: Pick<Endpoint, 'server' | 'ca'>, http: HttpVersion): Promise<DyingServer> {
    const client = new Client(target.server, { connect: { ca: target.ca } });
    const api = await startApiServer({
      http1Only: http === '1.1',
      handler: (req, res) => void server.#serve(req, res),
    });
    const server = new DyingServer(api, client);
    return server;
  }

  get at(): { readonly server: string; readonly ca: string } {
    return { server: `https://127.0.0.1:${this.#api.port}`, ca: LOOPBACK.ca };
  }

  async stop(): Promise<void> {
    await this.#client.destroy();
    await this.#api[Symbol.asyncDispose]();
  }

  async #serve(req: ApiRequest, res: ApiResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const isExec = req.url.includes('/exec?');
    if (req.method !== 'GET') this.writes.push(isExec ? `${req.method} exec` : req.method);
    if (!isExec) {
      const { statusCode, body } = await this.#client.request({
        method: req.method,
        path: req.url,
        headers: relayed(req.headers),
        body: chunks.length === 0 ? null : Buffer.concat(chunks),
      });
      const answer = await body.text();
      if (req.method === 'GET') {
        res.writeHead(statusCode).end(answer);
        return;
      }
    }
    // Below TLS and HTTP/2, which would say good-bye.
    const { remotePort } = req.socket;
    for (const socket of this.#api.sockets) if (socket.remotePort === remotePort) socket.destroy();
  }
}

function relayed(headers: ApiRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (typeof value === 'string' && !name.startsWith(':') && !HOP_BY_HOP.has(name)) kept[name] = value;
  return kept;
}
