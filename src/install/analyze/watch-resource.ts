/**
 * Watches one resource from its beginning to a limit of time or bytes, or until the user ends it. Continues if the API
 * server ends the watch earlier.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { FrameSplitter, Piece } from '../../core/codec/frame-splitter.ts';
import type { InitialPhase } from '../../core/sieve/initial-phase.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';
import { type Cluster, named, Refusal, StatusBody } from './cluster.ts';
import { type Collection, collectionPath, nameOf } from '../../core/resource/resource.ts';
import { isSecret } from './discovery.ts';
import { acceptOf, type FrameReader, readerFor } from './frame-reader.ts';

export interface WatchListener {
  /** A watch has begun, from nothing or where the previous one ended. `reader` reads its frames. */
  opened(phase: InitialPhase, reader: FrameReader): void;
  /** One whole frame; borrowed. */
  frame(bytes: Buffer, start: number, end: number): void;
  /** Bytes that are not read, and the number of events that began in them. */
  unread(bytes: number, events: number): void;
  /** True if the initial events are over. */
  readonly isPast: boolean;
  /** Where another watch continues; empty if nothing has arrived yet. */
  readonly resourceVersion: string;
}

export interface WatchLimits {
  /** The encodings in which frames may come, best first. */
  readonly readers: readonly FrameReader[];
  /** Counted from the end of the initial events. */
  readonly durationMs: number;
  /** For the whole answer, including the initial events. */
  readonly maxBytes: number;
  readonly namespace: string | undefined;
  /** Aborted when the user ends the watch. */
  readonly signal: AbortSignal;
}

export type WatchEnd = 'duration' | 'interrupted' | 'bytes' | 'server' | 'initial';

const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** The longest time for the initial events. */
const INITIAL_MS = 120_000;
const RETRY_MS = 1000;
const MAX_FAILURES = 5;
/** For Secrets, the API server sends only metadata. */
const METADATA_ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** The end of an attempt: a limit, the server's end of the stream, or an unusable answer. */
type Attempt =
  | { readonly end: WatchEnd }
  | { readonly status: number; readonly message: string }
  | { readonly error: unknown };

/** @throws Refusal with the reason if nothing arrived at all */
export async function watchResource(
  cluster: Cluster,
  resource: Collection,
  listener: WatchListener,
  limits: WatchLimits,
): Promise<WatchEnd> {
  const stop = new Stop(limits);
  let { readers } = limits;
  let isPlain = false;
  let hasForgotten = false;
  let failures = 0;
  try {
    for (;;) {
      const before = listener.resourceVersion;
      const from = listener.isPast ? before : '';
      const phase: InitialPhase = from !== '' ? 'past' : isPlain ? 'until-not-added' : 'until-bookmark';
      const watching = new WatchAttempt(cluster, listener, stop, readers);
      const attempt = await watching.run(
        `${collectionPath(resource, limits.namespace)}?${queryOf(phase, from, limits)}`,
        isSecret(resource) ? METADATA_ACCEPT : acceptOf(readers),
        phase,
      );
      // A watch continues in the encoding in which it began.
      if (watching.reader !== undefined) readers = [watching.reader];
      if ('end' in attempt && attempt.end !== 'server') return attempt.end;
      const status = 'status' in attempt ? attempt.status : undefined;
      // Before Kubernetes 1.32 watch-lists may be missing. A watch from nothing gives the same events there.
      if (phase === 'until-bookmark' && (status === 422 || status === 400)) {
        isPlain = true;
        continue;
      }
      if (status === 401 && !hasForgotten) {
        hasForgotten = true;
        cluster.forgetCredentials();
        continue;
      }
      if ('status' in attempt && (status === 401 || status === 403 || status === 404))
        throw await refused(cluster, resource, attempt, limits.namespace);
      if ('error' in attempt && before === '') throw cluster.refusal(attempt.error);
      failures = listener.resourceVersion === before ? failures + 1 : 0;
      if (status === 410 || failures === MAX_FAILURES) {
        // What has arrived is enough for a report.
        if (listener.isPast) return 'server';
        throw 'error' in attempt ? cluster.refusal(attempt.error) : unanswered(resource, attempt);
      }
      if (await stop.within(RETRY_MS)) return stop.end ?? 'interrupted';
    }
  } finally {
    stop.forget();
  }
}

function unanswered(resource: Collection, attempt: Attempt): Refusal {
  const how =
    'status' in attempt ? `is answered with ${attempt.status} ${named(attempt.message)}` : 'is ended at once';
  return new Refusal(`the watch of ${nameOf(resource)} ${how.trimEnd()}, again and again`);
}

function queryOf(phase: InitialPhase, resourceVersion: string, { durationMs }: WatchLimits): string {
  const timeout = Math.ceil((durationMs + INITIAL_MS) / 1000);
  const from =
    phase === 'past'
      ? `&resourceVersion=${encodeURIComponent(resourceVersion)}`
      : phase === 'until-bookmark'
        ? '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
        : '';
  return `watch=1&allowWatchBookmarks=true&timeoutSeconds=${timeout}${from}`;
}

async function refused(
  cluster: Cluster,
  resource: Collection,
  { status, message }: { readonly status: number; readonly message: string },
  namespace: string | undefined,
): Promise<Refusal> {
  const name = nameOf(resource);
  if (status === 404) return new Refusal(`the API server has no resource ${name}`);
  if (status === 401)
    return new Refusal(
      `the API server does not know who asks to watch ${name} (401): the credentials have expired or are not for this cluster`,
    );
  const told = /^[^"]{0,300}User "(?<user>[^"]{1,300})" cannot /.exec(message)?.groups?.['user'];
  const user = told === undefined ? await cluster.userName() : named(told);
  const where =
    resource.namespaced && namespace !== undefined ? `in namespace ${namespace}` : 'in the whole cluster';
  return new Refusal(
    `user "${user ?? 'unknown'}" may not watch ${name} ${where}: it takes the verb watch on the resource ${name}`,
  );
}

/** The time limits, and the user's wish to end. */
class Stop {
  readonly #limits: WatchLimits;
  readonly #controller = new AbortController();
  /** Aborted at a limit or by the user, whichever comes first. */
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #isCounting = false;
  /** Undefined until a limit is reached; the user's wish alone leaves it so. */
  end: WatchEnd | undefined;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
    this.signal = AbortSignal.any([limits.signal, this.#controller.signal]);
    this.#after(INITIAL_MS, 'initial');
  }

  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** The initial events are over, so the duration starts. */
  begin(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#after(this.#limits.durationMs, 'duration');
  }

  now(end: WatchEnd): void {
    if (this.signal.aborted) return;
    this.end = end;
    this.#controller.abort();
  }

  /** Waits. @returns true if the end came meanwhile */
  async within(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => undefined);
    return this.signal.aborted;
  }

  forget(): void {
    clearTimeout(this.#timer);
  }

  #after(ms: number, end: WatchEnd): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(end), ms);
  }
}

class WatchAttempt {
  readonly #cluster: Cluster;
  readonly #listener: WatchListener;
  readonly #stop: Stop;
  readonly #readers: readonly FrameReader[];
  #splitter: FrameSplitter | undefined;
  #bytes = 0;
  #isGone = false;
  /** Undefined until an answer has begun. */
  reader: FrameReader | undefined;

  constructor(cluster: Cluster, listener: WatchListener, stop: Stop, readers: readonly FrameReader[]) {
    this.#cluster = cluster;
    this.#listener = listener;
    this.#stop = stop;
    this.#readers = readers;
  }

  async run(target: string, accept: string, phase: InitialPhase): Promise<Attempt> {
    const { signal } = this.#stop;
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const onAbort = (): void => resolve({ end: this.#stop.end ?? 'interrupted' });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let status = 0;
    const body = new StatusBody();
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#cluster.watch(target, accept, {
        onResponse: ({ statusCode, headers }) => {
          status = statusCode;
          if (status !== 200) return;
          this.reader = readerFor(this.#readers, headers);
          this.#splitter = this.reader.codec.splitter(MAX_FRAME_BYTES);
          this.#listener.opened(phase, this.reader);
          if (phase !== 'until-bookmark') this.#stop.begin();
        },
        onData: (chunk) => {
          if (status !== 200) body.push(chunk);
          else if (!signal.aborted && this.#splitter) this.#read(chunk, this.#splitter);
          return true;
        },
        onEnd: () =>
          resolve(
            this.#isGone
              ? { status: 410, message: '' }
              : status === 200
                ? { end: 'server' }
                : { status, message: body.message },
          ),
        onError: (error) => resolve({ error }),
      });
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      exchange?.abort();
    }
  }

  #read(chunk: Buffer, splitter: FrameSplitter): void {
    for (let piece = splitter.next(chunk); piece !== undefined; piece = splitter.next(chunk))
      this.#hear(piece);
    this.#bytes += chunk.length;
    if (this.#listener.isPast) this.#stop.begin();
    if (this.#bytes > this.#stop.maxBytes) this.#stop.now('bytes');
  }

  #hear({ kind, bytes, start, end }: Piece): void {
    if (kind !== 'frame') this.#listener.unread(end - start, kind === 'rest' ? 0 : 1);
    else if (this.reader?.values.typeOf(bytes.subarray(start, end)) === 'ERROR') this.#isGone = true;
    else this.#listener.frame(bytes, start, end);
  }
}
