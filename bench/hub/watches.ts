/**
 * One watch over either version of HTTP: the cheapest client there is, which only hands on the bytes of the answer.
 * Watches of one caller share a connection over HTTP/2.
 */
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, createSecureContext } from 'node:tls';
import { h2Of } from './transport.ts';

export interface Asked {
  readonly port: number;
  readonly caFile: string;
  readonly path: string;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Watcher {
  /** The status of the answer. It is refused if this returns false: nothing is called after. */
  onStatus(status: number): boolean;
  onData(bytes: Buffer): void;
  /** Called at most once. */
  onClose(why: string): void;
}

const contexts = new Map<string, ReturnType<typeof createSecureContext>>();

function tlsOf({ port, caFile }: Asked) {
  let secureContext = contexts.get(caFile);
  if (secureContext === undefined)
    contexts.set(caFile, (secureContext = createSecureContext({ ca: readFileSync(caFile) })));
  return { host: '127.0.0.1', port, secureContext, servername: 'localhost' };
}

export function watchHttp1(asked: Asked, watcher: Watcher): void {
  const socket = connect({ ...tlsOf(asked), ALPNProtocols: ['http/1.1'] });
  const body = new ChunkedBody();
  const close = once(watcher);
  socket.once('secureConnect', () => socket.write(requestOf(asked)));
  socket.on('data', (chunk: Buffer) => {
    const status = body.push(chunk, (bytes) => watcher.onData(bytes));
    if (status === undefined || watcher.onStatus(status)) return;
    close.disarm();
    socket.destroy();
  });
  socket.on('error', (error) => close.now(String(error)));
  socket.on('close', () => close.now('a watch has ended'));
}

/** By their callers. */
const sessions = new Map<string, ClientHttp2Session>();

function sessionOf(asked: Asked): ClientHttp2Session {
  const who = asked.headers['authorization'] ?? '';
  let session = sessions.get(who);
  if (session === undefined) {
    sessions.set(who, (session = connectHttp2('https://localhost', { ...tlsOf(asked), ...h2Of('client') })));
    session.once('close', () => sessions.delete(who));
    // Each of its streams is told too.
    session.on('error', () => undefined);
  }
  return session;
}

export function watchHttp2(asked: Asked, watcher: Watcher): void {
  const stream = sessionOf(asked).request({ ':path': asked.path, ...asked.headers });
  const close = once(watcher);
  stream.once('response', (headers) => {
    if (watcher.onStatus(Number(headers[':status']))) return;
    close.disarm();
    stream.close();
  });
  stream.on('data', (bytes: Buffer) => watcher.onData(bytes));
  stream.on('error', (error) => close.now(String(error)));
  stream.on('close', () => close.now('a watch has ended'));
}

function once(watcher: Watcher): { now(why: string): void; disarm(): void } {
  let isOver = false;
  return {
    now: (why) => {
      if (!isOver) watcher.onClose(why);
      isOver = true;
    },
    disarm: () => (isOver = true),
  };
}

function requestOf({ path, headers }: Asked): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, 'host: localhost', ...lines, '', ''].join('\r\n');
}

/** Reads an answer over HTTP/1.1, without what parts its chunks: that may stand in the middle of a mark. */
class ChunkedBody {
  #isHead = true;
  #line = '';
  /** Of the chunk that is being read. */
  #left = 0;

  /** @returns the status, with the bytes that end its line */
  push(bytes: Buffer, onData: (bytes: Buffer) => void): number | undefined {
    let status: number | undefined;
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        onData(part);
        continue;
      }
      const end = bytes.indexOf(0x0a, at);
      this.#line += bytes.toString('latin1', at, end === -1 ? undefined : end);
      if (end === -1) break;
      at = end + 1;
      const line = this.#line.trim();
      this.#line = '';
      if (!this.#isHead) this.#left = line === '' ? 0 : Number.parseInt(line, 16);
      else if (line.startsWith('HTTP/1.1 ')) status = Number(line.split(' ')[1]);
      else this.#isHead = line !== '';
    }
    return status;
  }
}
