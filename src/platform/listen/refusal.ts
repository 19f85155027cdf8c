/** The answers of a listener to bytes that do not become a request, and to requests that it must not serve. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientResponse } from './served.ts';

export type ConnectionRefusal = 'method' | 'malformed' | 'headers-too-large' | 'timeout' | 'expectation';

/** Writes a refusal in the form that suits the listener's callers. Neither destroys anything. */
export interface Refusals {
  answer(res: ClientResponse, refusal: ConnectionRefusal): void;
  /** Writes to the bare socket, if there is no response, and ends it. */
  answerOnSocket(socket: Duplex, refusal: ConnectionRefusal): void;
}

const CODES: Readonly<Record<ConnectionRefusal, number>> = {
  method: 400,
  malformed: 400,
  'headers-too-large': 431,
  timeout: 408,
  expectation: 417,
};

/** Refusals in plain text, for people and probes. */
export const PLAIN_REFUSALS: Refusals = {
  answer(res, refusal) {
    const code = CODES[refusal];
    res.writeHead(code, ['Content-Type', 'text/plain; charset=utf-8']);
    res.end(`${textOf(code)}\n`);
  },
  answerOnSocket(socket, refusal) {
    const code = CODES[refusal];
    const text = `${textOf(code)}\n`;
    socket.end(
      `HTTP/1.1 ${code} ${textOf(code)}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
  },
};

function textOf(code: number): string {
  return STATUS_CODES[code] ?? String(code);
}
