/**
 * Requests that ask for another protocol on the connection: HTTP/1.1 only, so with clients of their own.
 */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';

import { Agent, WebSocket } from 'undici';

import type { Endpoint } from './api-client.ts';

const TIMEOUT_MS = 10_000;

/** Asks for an upgrade that is expected to be refused. */
export async function requestUpgrade(
  { server, ca, token }: Endpoint,
  path: string,
  protocol: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    connection: 'Upgrade',
    upgrade: protocol,
  };
  if (protocol === 'websocket') {
    headers['sec-websocket-version'] = '13';
    headers['sec-websocket-key'] = Buffer.alloc(16, 'e').toString('base64');
    headers['sec-websocket-protocol'] = 'v5.channel.k8s.io';
  }
  const sent = request(new URL(path, server), { ca, headers, agent: false, timeout: TIMEOUT_MS });
  sent.once('timeout', () => sent.destroy(new Error(`no answer to an upgrade to ${protocol}`)));
  const answered = Promise.withResolvers<IncomingMessage>();
  sent.once('response', answered.resolve);
  sent.once('error', answered.reject);
  sent.once('upgrade', (_response, socket) => {
    socket.destroy();
    answered.reject(new Error(`the upgrade to ${protocol} was accepted`));
  });
  sent.end();
  const response = await answered.promise;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode, body };
}

/** Watches by WebSocket until a message holds `last`, and returns all messages. */
export async function watchByWebSocket(
  { server, ca, token }: Endpoint,
  path: string,
  last: string,
): Promise<readonly string[]> {
  const dispatcher = new Agent({ allowH2: false, connect: { ca } });
  const socket = new WebSocket(server.replace('https:', 'wss:') + path, {
    dispatcher,
    // The API server refuses a WebSocket without an Origin.
    headers: { authorization: `Bearer ${token}`, origin: server },
  });
  const messages: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  socket.onmessage = ({ data }: { readonly data: unknown }) => {
    messages.push(String(data));
    if (messages.at(-1)?.includes(last) === true) resolve(undefined);
  };
  socket.onerror = (event) => reject(new Error(`the WebSocket watch failed: ${event.message}`));
  const timer = setTimeout(() => {
    reject(new Error(`the WebSocket watch did not reach ${last} in ${messages.length} messages`));
  }, TIMEOUT_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    if (socket.readyState === WebSocket.OPEN) {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }
    await dispatcher.destroy();
  }
  return messages;
}
