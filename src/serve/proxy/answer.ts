/** Writes an answer of this program to a client, over a response or a bare socket. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { fieldsOf } from '../../core/request/fields.ts';
import type { StatusAnswer } from './status-body.ts';
import { LEAVE_MS } from '../../platform/listen/endings.ts';
import type { ClientResponse } from '../../platform/listen/served.ts';

/** Answers a request and drains the rest of its body, so that the connection can be reused. */
export function answer(res: ClientResponse, { code, headers, body }: StatusAnswer): void {
  res.req.resume();
  // The reason phrase is set too, because a failed writeHead() may have left an invalid one.
  res.writeHead(code, STATUS_CODES[code] ?? '', [...headers]);
  // Nobody's budget counts a request that was refused. By HTTP/2 a client may have any number of them that it does not take.
  res.setTimeout(LEAVE_MS);
  res.once('timeout', () => res.destroy());
  res.end(body);
}

/** Answers on a socket that has no response, and closes it. */
export function answerOnSocket(socket: Duplex, { code, headers, body }: StatusAnswer): void {
  const head = headLines(code, STATUS_CODES[code] ?? '', [...headers, 'Connection', 'close']);
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** The head of an answer as text for a socket, one character per byte. @param headers - flat */
export function headLines(code: number, reason: string, headers: readonly string[]): string {
  const lines = fieldsOf(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${code} ${reason}\r\n${lines.join('')}\r\n`;
}
