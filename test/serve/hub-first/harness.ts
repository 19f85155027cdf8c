/** A proxy between a client, a hub and an API server, both of which do what a test says; time stands still. */
import type { TestContext } from 'node:test';
import type { Filter } from '../../../src/core/projection/filter.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import type { UpstreamTarget } from '../../../src/platform/upstream/target.ts';
import { HubFirst } from '../../../src/serve/hub-first/hub-first.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import {
  type ApiRequest,
  type ApiResponse,
  type ApiServer,
  startApiServer,
} from '../../support/api-server.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { ask, type Answer, startProxy } from '../../support/proxy.ts';
import { loopbackTarget, watchedUpstream } from '../../support/upstream.ts';

export const METALLB: Filter = { mode: 'filter', projection: projectionOf('metallb') };
export const DIGEST = projectionDigest(METALLB.projection);
export const LIST = '/api/v1/nodes?limit=500&resourceVersion=0';
export const WATCH = '/api/v1/nodes?watch=1&resourceVersion=7&allowWatchBookmarks=true';

type Handler = (req: ApiRequest, res: ApiResponse) => void;

export interface Scripted {
  readonly server: ApiServer;
  readonly requests: ApiRequest[];
  answer: Handler;
}

export async function scripted(t: TestContext, answer: Handler, http1Only = false): Promise<Scripted> {
  const requests: ApiRequest[] = [];
  const server = await startApiServer({
    http1Only,
    handler: (req, res) => {
      requests.push(req);
      one.answer(req, res);
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const one: Scripted = { server, requests, answer };
  return one;
}

/** Answers as a hub that has it in memory. */
export function fromHub(body: string, isOpen = false): Handler {
  return (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json', [PROJECTION_HEADER]: DIGEST });
    res.write(body);
    if (!isOpen) res.end();
  };
}

export interface Setting {
  readonly api: Scripted;
  readonly hub: Scripted;
  readonly time: FakeTime;
  readonly hubFirst: HubFirst;
  readonly port: number;
  /** Why each request was answered by whom. */
  readonly selected: string[];
  readonly log: string[];
  filter: { current: Filter; mayAdopt: boolean; isShared: boolean };
  readonly get: (path: string, headers?: Record<string, string | string[]>) => Promise<Answer>;
}

export interface SettingOptions {
  /** In place of the hub that is started. */
  readonly targets?: readonly UpstreamTarget[];
  readonly http1Only?: boolean;
}

export async function setUp(t: TestContext, { targets, http1Only }: SettingOptions = {}): Promise<Setting> {
  const api = await scripted(t, (req, res) => res.end(`api ${req.method} ${req.url}`));
  const hub = await scripted(t, fromHub('hub'), http1Only);
  const time = new FakeTime();
  const selected: string[] = [];
  const log: string[] = [];
  const hubs = (targets ?? [loopbackTarget(hub.server.port)]).map(
    (target) => watchedUpstream(target).upstream,
  );
  const filter = { current: METALLB, mayAdopt: true, isShared: false };
  const hubFirst = new HubFirst({
    hubs,
    filterOf: () => filter,
    onSelected: (reason) => selected.push(reason),
    log: await createLogger({
      level: 'info',
      format: 'json',
      output: { write: (line: string) => void log.push(line) },
    }),
    now: time.now,
    chance: () => 0,
    startTimer: time.startTimer,
  });
  t.after(() => hubFirst.close());
  const running = await startProxy(loopbackTarget(api.server.port), { hubRoute: hubFirst.route });
  t.after(() => running[Symbol.asyncDispose]());
  const { port } = running;
  const get: Setting['get'] = (path, headers = {}) => ask(port, { path, headers });
  return { api, hub, time, hubFirst, port, selected, log, filter, get };
}
