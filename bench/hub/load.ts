/**
 * Many clients in one process, each with a TLS connection of its own over HTTP/1.1: the cheapest there are, which only look
 * for the mark of each frame. `more N` on stdin opens so many; `report N` prints what came since
 * the last one, `count N` how many changes.
 * `{"open":N}` and `{"report":...}` on stdout.
 *
 * Usage: load.ts PORT CA_FILE ENCODING PATH [HEADER VALUE ...]
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect, createSecureContext } from 'node:tls';

const [port = '', caFile = '', encoding = '', path = '', ...headers] = process.argv.slice(2);
const MARK = Buffer.from('watchsieve-mark.');
const CHANGE_DIGITS = 8;
const MARK_BYTES = MARK.length + CHANGE_DIGITS + 1 + 19;
/** Handshakes under way at one time. */
const AT_ONCE = 20;
const MOST_TRIES = 50;
const secureContext = createSecureContext({ ca: readFileSync(caFile) });

/** Of all clients, since the last report. */
let latenciesMicros: number[] = [];
let wrong: string | undefined;

class Client {
  changes = 0;
  #newest = -1;
  #tail = Buffer.alloc(0);
  #isHead = true;
  #line = '';
  /** Of the chunk that is being read. */
  #left = 0;
  #tries = 0;
  readonly #who: string;

  constructor(who: string, onOpen: () => void) {
    this.#who = who;
    this.#connect(onOpen);
  }

  /** A hub that has nothing in time says so, and is asked again. */
  #connect(onOpen: () => void): void {
    let isOpen = false;
    let isOver = false;
    const socket = connect({
      ...{ host: '127.0.0.1', port: Number(port), secureContext, servername: 'localhost' },
      ALPNProtocols: ['http/1.1'],
    });
    socket.once('secureConnect', () => socket.write(requestOf(this.#who)));
    socket.on('data', (chunk: Buffer) => {
      if (!isOpen) {
        const head = chunk.toString('latin1', 0, 300);
        if (head.startsWith('HTTP/1.1 421') && ++this.#tries < MOST_TRIES) {
          isOver = true;
          socket.destroy();
          setTimeout(() => this.#connect(onOpen), 200);
          return;
        }
        isOpen = true;
        if (!head.startsWith('HTTP/1.1 200')) wrong ??= head;
        onOpen();
      }
      for (const part of this.#bodyOf(chunk)) this.#look(part);
    });
    socket.on('error', (error) => (wrong ??= String(error)));
    socket.on('close', () => {
      if (isOver) return;
      wrong ??= 'a watch has ended';
      // One that never begins is told of, and not waited for.
      if (!isOpen) onOpen();
    });
  }

  /** The bytes of a body in chunks, without what parts them: that may stand in the middle of a mark. */
  *#bodyOf(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        yield part;
        continue;
      }
      const end = bytes.indexOf(0x0a, at);
      this.#line += bytes.toString('latin1', at, end === -1 ? undefined : end);
      if (end === -1) return;
      at = end + 1;
      const line = this.#line.trim();
      this.#line = '';
      if (this.#isHead) this.#isHead = line !== '';
      else if (line !== '') this.#left = Number.parseInt(line, 16);
    }
  }

  /** A mark may lie across two chunks: the end of the one before is looked at again. */
  #look(chunk: Buffer): void {
    const all = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    let at = all.indexOf(MARK);
    let end = 0;
    for (; at !== -1 && at + MARK_BYTES <= all.length; at = all.indexOf(MARK, end)) {
      end = at + MARK_BYTES;
      this.#mark(all, at + MARK.length);
    }
    this.#tail = Buffer.from(all.subarray(Math.max(end, all.length - MARK_BYTES + 1)));
  }

  #mark(all: Buffer, at: number): void {
    const change = Number(all.toString('latin1', at, at + CHANGE_DIGITS));
    if (this.#newest !== -1 && change !== this.#newest + 1)
      wrong ??= `change ${change} after ${this.#newest}`;
    this.#newest = change;
    this.changes++;
    const sentAt = BigInt(all.toString('latin1', at + CHANGE_DIGITS + 1, at + MARK_BYTES - MARK.length));
    latenciesMicros.push(Number((process.hrtime.bigint() - sentAt) / 1000n));
  }
}

function requestOf(who: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    `Accept: ${encoding === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf'}`,
    `Authorization: Bearer ${who}`,
  ];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const clients: Client[] = [];

async function more(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0)
        await new Promise<void>((open) => clients.push(new Client(`c${process.pid}-${left}`, open)));
    }),
  );
  console.log(JSON.stringify({ open: clients.length }));
}

/** Of changes that any client was sent since the last report. */
function leastAndMost(): { readonly least: number; readonly most: number } {
  const changes = clients.map((client) => client.changes);
  return { least: Math.min(...changes), most: Math.max(...changes) };
}

function report(nonce: number): void {
  const { least, most } = leastAndMost();
  for (const client of clients) client.changes = 0;
  console.log(JSON.stringify({ report: { nonce, least, most, wrong: wrong ?? '', latenciesMicros } }));
  latenciesMicros = [];
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('count '))
      console.log(
        JSON.stringify({
          count: { nonce: Number(line.slice('count '.length)), ...leastAndMost(), wrong: wrong ?? '' },
        }),
      );
    else if (line.startsWith('report ')) report(Number(line.slice('report '.length)));
    else void more(Number(line.replace('more ', '')));
  })
  .on('close', () => process.exit());
