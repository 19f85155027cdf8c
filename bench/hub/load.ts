/**
 * Many clients in one process, which only look for the mark of each change. `more N` on stdin opens so many; `report N`
 * prints what came since the last one, `count N` how many changes. `{"open":N}` and `{"report":...}` on stdout.
 *
 * Usage: load.ts PORT CA_FILE HTTP/2|HTTP/1.1 WATCHES json|protobuf PATH [HEADER VALUE ...], with WATCHES of each client,
 * which share a connection over HTTP/2
 */
import { createInterface } from 'node:readline';
import { Marks } from './marks.ts';
import { transportOf } from './transport.ts';
import { type Asked, watchHttp1, watchHttp2 } from './watches.ts';

const [port, caFile = '', transport, watchesOfEach, encoding, path = '', ...others] = process.argv.slice(2);
const watch = transportOf(transport) === 'HTTP/2' ? watchHttp2 : watchHttp1;
const headers: Record<string, string> = {
  accept: encoding === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf',
};
for (let at = 0; at + 1 < others.length; at += 2) headers[others[at] ?? ''] = others[at + 1] ?? '';
/** Handshakes under way at one time. */
const AT_ONCE = 20;
const MOST_TRIES = 50;
const AGAIN_MS = 200;

/** Of all clients, since the last report. */
let latenciesMicros: number[] = [];
let wrong = '';

class Client {
  changes = 0;
  readonly #asked: Asked;
  readonly #onOpen: () => void;
  readonly #marks = new Marks((micros) => {
    this.changes++;
    latenciesMicros.push(micros);
  });
  #tries = 0;

  constructor(who: string, onOpen: () => void) {
    const authorization = `Bearer ${who}`;
    this.#asked = { port: Number(port), caFile, path, headers: { ...headers, authorization } };
    this.#onOpen = onOpen;
    this.#watch();
  }

  #watch(): void {
    watch(this.#asked, {
      onStatus: (status) => {
        // A hub that has nothing in time says so, and is asked again.
        if (status === 421 && ++this.#tries < MOST_TRIES) {
          setTimeout(() => this.#watch(), AGAIN_MS);
          return false;
        }
        if (status !== 200) wrong ||= `status ${status}`;
        this.#onOpen();
        return true;
      },
      onData: (bytes) => (wrong ||= this.#marks.look(bytes)),
      onClose: (why) => {
        wrong ||= why;
        // One that never begins is told of, and not waited for.
        this.#onOpen();
      },
    });
  }
}

const clients: Client[] = [];
let opened = 0;

function nextWho(): string {
  return `c${process.pid}-${Math.floor(opened++ / Number(watchesOfEach))}`;
}

async function more(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await new Promise<void>((open) => clients.push(new Client(nextWho(), open)));
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
  console.log(JSON.stringify({ report: { nonce, least, most, wrong, latenciesMicros } }));
  latenciesMicros = [];
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, number] = line.split(' ');
    const nonce = Number(number);
    if (word === 'count') console.log(JSON.stringify({ count: { nonce, ...leastAndMost(), wrong } }));
    else if (word === 'report') report(nonce);
    else void more(nonce);
  })
  .on('close', () => process.exit());
