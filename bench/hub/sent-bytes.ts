/** What a server has sent on all its connections, TLS included, as the kernel counts it for each of them (`ss`, Linux). */
import { execFileSync } from 'node:child_process';

/** A connection that ends takes its count with it: what came after the last look is lost. */
const LOOK_MS = 500;

export class SentBytes {
  readonly #port: string;
  readonly #byPeer = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  /** Of connections that are no more, or whose peer has another on the same port by now. */
  #ended = 0;

  constructor(server: string) {
    this.#port = new URL(server).port;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  /** So far. */
  get total(): number {
    this.#look();
    return [...this.#byPeer.values()].reduce((sum, bytes) => sum + bytes, this.#ended);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const found = sentByPeer(
      execFileSync('ss', ['-tinHO', 'sport', '=', `:${this.#port}`], { encoding: 'utf8' }),
    );
    for (const [peer, before] of this.#byPeer) if ((found.get(peer) ?? 0) < before) this.#ended += before;
    this.#byPeer.clear();
    for (const [peer, bytes] of found) this.#byPeer.set(peer, bytes);
  }
}

/** Of what `ss -tinHO` prints: one line for each connection. */
export function sentByPeer(lines: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of lines.split('\n')) {
    const peer = line.trim().split(/\s+/)[4];
    const bytes = /\bbytes_sent:(\d+)/.exec(line)?.[1];
    if (peer !== undefined && bytes !== undefined) found.set(peer, Number(bytes));
  }
  return found;
}
