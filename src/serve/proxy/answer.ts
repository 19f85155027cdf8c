/**
 * Writes one of our own answers to a client, over a ServerResponse or a bare socket.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StatusAnswer } from './status-body.ts';

/** Answers a request; drains what is left of its body, so that the connection can go on. */
export function answer(res: ServerResponse, { code, headers, body }: StatusAnswer): void {
  res.req.resume();
  // The reason too: a refused writeHead() may have left a bad one behind.
  res.writeHead(code, STATUS_CODES[code] ?? '', [...headers]);
  res.end(body);
}

/** Answers on a socket that has no ServerResponse, and closes it. */
export function answerOnSocket(socket: Duplex, { code, headers, body }: StatusAnswer): void {
  const lines = [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`];
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  lines.push('Connection: close', '', '');
  socket.end(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]));
}
