/** A hub in front of an API server that knows callers and their rights, and what reaches that server of whom. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import { Cluster } from '../../../src/lab/simulator/cluster.ts';
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';
import { NODE } from '../../../src/lab/simulator/kind.ts';
import { createRequestHandler } from '../../../src/lab/simulator/request-handler.ts';
import { REAL_TIMERS } from '../../../src/lab/simulator/timers.ts';
import type { WatchStream } from '../../../src/lab/simulator/watch-stream.ts';
import type { StartTimer } from '../../../src/platform/timer.ts';
import { isRecord } from '../../../src/platform/text/record.ts';
import { type ApiRequest, type ApiResponse, startApiServer } from '../../support/api-server.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { type Fetched, type RunOptions, runReady, type Running } from '../harness.ts';
import type { TestWatch } from '../../lab/simulator/harness.ts';

/** What the hub is known by upstream. */
export const HUB = 'hub';
export const DIGEST = projectionDigest(projectionOf('metallb'));

export interface Asked {
  readonly who: string;
  /** `list`, `watch`, `review`, `newest`, `identities`, or what else it is. */
  readonly what: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Setting {
  readonly cluster: Cluster;
  readonly watches: ReadonlySet<WatchStream>;
  readonly asked: Asked[];
  /** Who may list and watch Nodes, besides the hub. */
  readonly allowed: Set<string>;
  /** Resolves when requests of this kind may be answered; until then they wait. */
  holds: (asked: Asked) => Promise<void> | undefined;
  readonly hub: Running;
  readonly time: FakeTime;
  /** How many requests have come that memory might answer. */
  readonly deciding: () => number;
  readonly get: (who: string, path: string, headers?: Record<string, string>) => Promise<Fetched>;
  /** A watch that says, as a sidecar does, by which projection. */
  readonly watch: (who: string, query: string, more?: WatchOptions) => Promise<TestWatch>;
  /** What the API server was asked by all but the hub, reviews left out. */
  readonly ofCallers: () => string[];
  readonly askedBy: (who: string, what: string) => number;
}

export interface WatchOptions {
  readonly encoding?: Encoding;
  readonly digest?: string;
  readonly headers?: Record<string, string>;
}

export const AS_SIDECAR = { [PROJECTION_HEADER]: DIGEST };

export async function startHub(
  t: TestContext,
  options: RunOptions & { readonly nodes?: number } = {},
): Promise<Setting> {
  const cluster = new Cluster({
    ...{ nodes: options.nodes ?? 3, imagesPerNode: 2, seed: 'hub', historyEvents: 1000 },
    timers: REAL_TIMERS,
  });
  const watches = new Set<WatchStream>();
  const asked: Asked[] = [];
  const allowed = new Set<string>();
  const serve = createRequestHandler({
    ...{ store: cluster, timers: REAL_TIMERS, watches, bookmarkIntervalMs: 60_000 },
    ...{ token: undefined, mayList: () => true, onRequest: () => undefined },
  });
  const api = await startApiServer({
    handler: (req, res) => {
      const who = (req.headers.authorization ?? '').replace('Bearer ', '');
      const one = { who, what: whatOf(req), url: req.url, headers: req.headers };
      if (one.what !== 'other') asked.push(one);
      const answer = (): void => respond(req, res, { ...one, cluster, allowed, serve });
      const held = setting.holds(one);
      if (held === undefined) answer();
      else void held.then(answer);
    },
  });
  t.after(() => api[Symbol.asyncDispose]());
  const setting: { holds: Setting['holds'] } = { holds: () => undefined };
  // Nothing may take too long on a machine that is busy.
  const time = new FakeTime();
  let deciding = 0;
  const startTimer: StartTimer = (ms, fire) => {
    if (ms === 500 || ms === 3000) deciding += 1;
    return time.startTimer(ms, fire);
  };
  const hub = await runReady(
    t,
    { url: `https://127.0.0.1:${api.port}`, caPem: LOOPBACK.ca, token: HUB },
    {
      startTimer,
      now: time.now,
      ...options,
      argv: ['--share', 'nodes', ...(options.argv ?? [])],
    },
  );
  const bearer = (who: string): Record<string, string> =>
    who === '' ? {} : { authorization: `Bearer ${who}` };
  return Object.assign(setting, {
    ...{ cluster, watches, asked, allowed, hub, time },
    deciding: () => deciding,
    get: (who: string, path: string, headers: Record<string, string> = {}) =>
      hub.fetch(path, { headers: { ...bearer(who), ...headers } }),
    watch: (who: string, query: string, { encoding, digest = DIGEST, headers }: WatchOptions = {}) =>
      hub.watch(query, encoding, {
        ...bearer(who),
        ...(digest === '' ? {} : { [PROJECTION_HEADER]: digest }),
        ...headers,
      }),
    ofCallers: () =>
      asked
        .filter(({ who, what }) => who !== HUB && what !== 'review')
        .map(({ who, what }) => `${who} ${what}`),
    askedBy: (who: string, what: string) =>
      asked.filter((one) => one.who === who && one.what === what).length,
  });
}

function whatOf({ method, url, headers }: ApiRequest): string {
  if (url.includes('selfsubjectaccessreviews')) return 'review';
  if (!/^\/api\/v1\/(watch\/)?nodes/.test(url)) return 'other';
  if (method !== 'GET') return method;
  if (url.includes('watch=1') || url.includes('/watch/')) return 'watch';
  if (!(headers.accept ?? '').includes('as=PartialObjectMetadataList')) return 'list';
  return url.includes('limit=1') ? 'newest' : 'identities';
}

interface Answering extends Asked {
  readonly cluster: Cluster;
  readonly allowed: ReadonlySet<string>;
  readonly serve: ReturnType<typeof createRequestHandler>;
}

function respond(
  req: ApiRequest,
  res: ApiResponse,
  { who, what, url, cluster, allowed, serve }: Answering,
): void {
  const send = (status: number, body: unknown): void => {
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  };
  const isAllowed = who === HUB || allowed.has(who);
  const isKnown = isAllowed || who === 'stranger';
  if (what === 'other') serve(req, res);
  else if (!isKnown)
    send(401, { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'by the API server' });
  else if (what === 'review') void readReview(req).then(() => send(201, review(isAllowed)));
  else if (!isAllowed)
    send(403, { kind: 'Status', code: 403, reason: 'Forbidden', message: 'by the API server' });
  else if (what === 'newest' || what === 'identities') send(200, metadataList(cluster, url));
  else serve(req, res);
}

async function readReview(req: ApiRequest): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk as Uint8Array));
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  assert.ok(isRecord(body) && body['kind'] === 'SelfSubjectAccessReview');
}

function review(allowed: boolean): object {
  return { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', status: { allowed } };
}

function metadataList(cluster: Cluster, url: string): object {
  const at = /resourceVersion=(\d+)/.exec(url)?.[1] ?? String(cluster.resourceVersion);
  const items = (cluster.objectsAt(NODE, Number(at)) ?? []).map(({ metadata }) => ({
    ...{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
  }));
  const metadata = { resourceVersion: at };
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
}

/** What a LIST in JSON has. */
export function listed({ status, body }: Fetched): {
  readonly resourceVersion: string;
  readonly names: readonly string[];
  readonly labels: (name: string) => Readonly<Record<string, string>>;
} {
  assert.equal(status, 200, body.toString());
  const { metadata, items } = JSON.parse(body.toString()) as {
    metadata: { resourceVersion: string };
    items: { metadata: { name: string; labels: Record<string, string> } }[];
  };
  return {
    resourceVersion: metadata.resourceVersion,
    names: items.map((item) => item.metadata.name),
    labels: (name) => items.find((item) => item.metadata.name === name)?.metadata.labels ?? {},
  };
}
