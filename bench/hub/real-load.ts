/**
 * Clients of the real API server or of hubs before it, all in one process: each LISTs and watches Nodes with a token of its
 * own, as sidecars do, over connections of its own. A hub that has no answer is left for the API server, as a sidecar leaves it.
 * `{"ready":true}` on stdout tells that
 * it has started; `more N` on stdin begins with so many at once, and `{"open":N,"fallbacks":N,"retries":N}` tells that all of them follow;
 * `marked N` waits until each has seen the mark of that number, `{"marked":N,"ends":N,"events":[least,most]}`;
 * a watch that has ended meanwhile goes on where it was.
 *
 * Usage: real-load.ts FILE, which holds {@link LoadPlan}
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import { ApiClient, type Endpoint } from '../../test/e2e/api-client.ts';
import { listAt, parseJson, textAt, valueAt } from '../../test/support/json-value.ts';

/** Whom they ask, and as whom. */
export interface LoadPlan {
  readonly apiServer: Omit<Endpoint, 'token'>;
  /** Each client asks one of them first; none: the API server alone. */
  readonly hubs: readonly Omit<Endpoint, 'token'>[];
  /** One for each client. */
  readonly tokens: readonly string[];
  /** `[name, value]`, for hubs. */
  readonly projection: readonly [string, string];
  /** Asks the hub again where it has no answer, and waits for it. Otherwise the API server is asked, as by a sidecar. */
  readonly isPatient: boolean;
}

const LIST_PATH = '/api/v1/nodes?limit=500&resourceVersion=0';
/** As client-go asks for them. */
const WATCH_HEADERS = { accept: 'application/vnd.kubernetes.protobuf,application/json' };
const LIST_HEADERS = { ...WATCH_HEADERS, 'accept-encoding': 'gzip' };
/** What is shorter is a bookmark. */
const NODE_BYTES = 2048;
const MARK = Buffer.from('mark-');
const OK = 200;
const TOO_MANY_REQUESTS = 429;
const MOST_RETRIES = 30;
/**
 * A sidecar waits 800 ms for the head of a hub's answer, and a hub answers a sidecar within 500 ms, be it that it has nothing.
 * What is late here is this process, which is all clients at once: none of them may leave the hub for that.
 */
const HUB_HEAD_MS = 10_000;
const PATIENT_MS = 500;
const RETRY_MS = 1000;

const plan = parseJson(readFileSync(process.argv[2] ?? '', 'utf8'));
const endpointAt = (value: unknown): Omit<Endpoint, 'token'> => ({
  server: textAt(value, 'server'),
  ca: textAt(value, 'ca'),
});
const apiServer = endpointAt(valueAt(plan, 'apiServer'));
const hubs = listAt(plan, 'hubs').map(endpointAt);
const isPatient = valueAt(plan, 'isPatient') === true;
const tokens = listAt(plan, 'tokens').map(String);
const [projectionHeader = '', projection = ''] = listAt(plan, 'projection').map(String);

let fallbacks = 0;
let retries = 0;
let ends = 0;
let onMark: () => void = () => undefined;

class Client {
  /** Of Nodes. */
  events = 0;
  newestMark = 0;
  /** The newest event of a Node. */
  #last: Buffer | undefined;
  readonly #direct: ApiClient;
  readonly #hub: ApiClient | undefined;

  constructor(index: number) {
    const token = tokens[index] ?? '';
    const hub = hubs[index % Math.max(1, hubs.length)];
    this.#direct = new ApiClient({ ...apiServer, token });
    this.#hub = hub === undefined ? undefined : new ApiClient({ ...hub, token });
  }

  /** @returns when the head of its watch is there */
  async follow(): Promise<void> {
    for (let tries = 1; ; tries++)
      try {
        await this.#listAndWatch();
        return;
      } catch (error) {
        // As after a connection that broke: client-go begins anew after a second or so.
        if (tries === MOST_RETRIES) throw error;
        retries++;
        await delay(RETRY_MS);
      }
  }

  async #listAndWatch(): Promise<void> {
    const list = await this.#ask(LIST_PATH, LIST_HEADERS);
    const parts: Buffer[] = [];
    for await (const part of list.body) parts.push(part as Buffer);
    const isGzip = list.headers['content-encoding'] === 'gzip';
    await this.#watch(resourceVersionOf(Buffer.concat(parts), isGzip));
  }

  async #watch(resourceVersion: string): Promise<void> {
    const query = `allowWatchBookmarks=true&timeoutSeconds=600&resourceVersion=${resourceVersion}`;
    const watch = await this.#ask(`/api/v1/nodes?watch=1&${query}`, WATCH_HEADERS);
    void this.#read(watch.body)
      // The API server ends watches that are too slow, also by breaking off.
      .catch(() => undefined)
      .then(() => {
        ends++;
        return this.#watch(this.#last === undefined ? resourceVersion : versionOfEvent(this.#last));
      });
  }

  async #ask(path: string, headers: Readonly<Record<string, string>>) {
    if (this.#hub !== undefined) {
      let fromHub = await askHub(this.#hub, path, headers);
      for (let tries = 0; fromHub === undefined && isPatient && tries < MOST_RETRIES; tries++) {
        await delay(PATIENT_MS);
        fromHub = await askHub(this.#hub, path, headers);
      }
      if (fromHub !== undefined) return fromHub;
      fallbacks++;
    }
    for (let tries = 0; tries < MOST_RETRIES; tries++) {
      const answer = await this.#direct.open('GET', path, { headers });
      if (answer.statusCode === OK) return answer;
      const text = await answer.body.text();
      if (answer.statusCode !== TOO_MANY_REQUESTS) throw new Error(`${answer.statusCode} ${text}`);
      retries++;
      await delay(1000 * Number(answer.headers['retry-after'] ?? 1));
    }
    throw new Error(`the API server had no room ${MOST_RETRIES} times`);
  }

  async #read(body: AsyncIterable<unknown>): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of body) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let at = 0;
      for (;;) {
        const end = at + 4 + (at + 4 <= rest.length ? rest.readUInt32BE(at) : Infinity);
        if (end > rest.length) break;
        this.#frame(rest.subarray(at, end));
        at = end;
      }
      rest = rest.subarray(at);
    }
  }

  #frame(frame: Buffer): void {
    if (frame.length < NODE_BYTES) return;
    this.#last = frame;
    this.events++;
    const at = frame.indexOf(MARK);
    if (at === -1) return;
    const mark = Number.parseInt(frame.toString('latin1', at + MARK.length, at + 12), 10);
    if (!(mark > this.newestMark)) return;
    this.newestMark = mark;
    onMark();
  }
}

/** @returns undefined where it has no answer, and the API server is to be asked */
async function askHub(hub: ApiClient, path: string, headers: Readonly<Record<string, string>>) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), HUB_HEAD_MS);
  try {
    const own = { ...headers, [projectionHeader]: projection };
    const answer = await hub.open('GET', path, { headers: own, signal: late.signal });
    if (answer.statusCode === OK) return answer;
    await answer.body.dump();
  } catch {
    // Too late, or no connection.
  } finally {
    clearTimeout(timer);
  }
  return undefined;
}

/** Only as much is decompressed as has it: what else is in it counts for the receiver, who is not measured. */
function resourceVersionOf(body: Buffer, isGzip: boolean): string {
  const begin = isGzip
    ? gunzipSync(body.subarray(0, 16 * 1024), { finishFlush: constants.Z_SYNC_FLUSH })
    : body;
  // NodeList.metadata.resourceVersion, the second field of the first one: a few digits behind tag and length.
  const found = /\x12[\x01-\x14](\d+)/.exec(begin.toString('latin1', 0, 200));
  if (found?.[1] === undefined) throw new Error(`a LIST without resourceVersion: ${begin.length} bytes`);
  return found[1];
}

/** metadata.uid, and behind it metadata.resourceVersion. */
function versionOfEvent(frame: Buffer): string {
  const found = /\x2a\x24[-0-9a-f]{36}\x32[\x01-\x14](\d+)/.exec(frame.toString('latin1', 0, 500));
  if (found?.[1] === undefined) throw new Error('an event without resourceVersion');
  return found[1];
}

const clients: Client[] = [];

async function more(count: number): Promise<void> {
  const begun = Array.from({ length: count }, (_, i) => new Client(clients.length + i));
  clients.push(...begun);
  await Promise.all(begun.map((client) => client.follow()));
  console.log(JSON.stringify({ open: clients.length, fallbacks, retries }));
}

function marked(mark: number): void {
  onMark = () => {
    if (!clients.every(({ newestMark }) => newestMark >= mark)) return;
    onMark = () => undefined;
    const events = clients.map((client) => client.events);
    for (const client of clients) client.events = 0;
    console.log(JSON.stringify({ marked: mark, ends, events: [Math.min(...events), Math.max(...events)] }));
  };
  onMark();
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [what, count] = line.split(' ');
    if (what === 'more') void more(Number(count));
    else marked(Number(count));
  })
  .on('close', () => process.exit());
console.log(JSON.stringify({ ready: true }));
