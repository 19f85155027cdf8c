/** Deliberate breaks of what a hub does for clients that speak HTTP/2: bounds of a connection, and what looks whole. */
import type { Break } from './break.ts';

const SESSIONS = 'platform/listen/h2-sessions.test.ts';

function breakOf(what: string, harm: string, edit: readonly [name: string, from: string, to: string]): Break {
  const [name, from, to] = edit;
  return {
    ...{ what, harm, caughtBy: SESSIONS },
    edits: [{ file: `platform/listen/${name}.ts`, from, to }],
  };
}

export const BREAKS_OF_HTTP2: readonly Break[] = [
  breakOf(
    'HTTP/2: aborted requests, PINGs and SETTINGS are not counted',
    'one connection takes the time of all (R27)',
    ['h2-sessions', 'this.#isFlooding || this.#strikes.hasRoom(performance.now())', 'true'],
  ),
  breakOf(
    'HTTP/2: a connection with requests makes room for another',
    'any new connection ends running watches (R27)',
    ['h2-sessions', 'isAnswered: () => this.#isAnswered', 'isAnswered: () => true'],
  ),
  breakOf(
    'HTTP/2: old bytes of a stream count as taken if other streams take bytes',
    'a client that never reads one watch keeps it forever (I6)',
    ['h2-response', 'if (this.#timeoutMs > 0) this.#wait();', 'this.#stream.setTimeout(this.#timeoutMs);'],
  ),
  breakOf(
    'HTTP/2: a long event is written at once',
    'TLS keeps a buffer as long as the longest event for each connection (R27)',
    ['h2-response', 'if (chunk.length <= this.#room.most) this', 'if (chunk.length <= Infinity) this'],
  ),
  breakOf(
    'HTTP/2: each stream of a connection writes as if it were alone',
    'each connection keeps a buffer of 20 MiB as long as it lasts (R27)',
    ['h2-response', 'this.#room.given += bytes;', ''],
  ),
  breakOf(
    'HTTP/2: a request that is reset with its head is served',
    'a flood of them takes the time of all (R27)',
    ['h2-sessions', '!this.#isFlooding && !stream.closed && !stream.destroyed', 'true'],
  ),
  {
    what: 'HTTP/2: a refusal waits for its client without limit',
    harm: 'a connection holds 250 requests that no budget counts (R27)',
    caughtBy: 'serve/proxy/hub-listener.long.test.ts',
    edits: [{ file: 'serve/proxy/answer.ts', from: 'res.setTimeout(LEAVE_MS);', to: '' }],
  },
];
