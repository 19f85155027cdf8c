/**
 * The whole program in this process, in front of a simulator or any other server: real sockets, ports of
 * their own, a state directory of its own. Everything is closed at the end of the test.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Agent, Client } from 'undici';
import { startApp, type App } from '../../src/serve/app.ts';
import { SettingsSource } from '../../src/cli/settings-source.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { StartTimer } from '../../src/platform/timer.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { ACCEPT, TestWatch } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { prepareState } from '../support/prepared-state.ts';

/** An API server as a kubeconfig names it. */
export interface Backend {
  /** Such as `https://127.0.0.1:12345`. */
  readonly url: string;
  readonly caPem: string;
  /** Put into the kubeconfig as the user's credential, which the proxy must not use (I7). */
  readonly token?: string;
  /** The whole of the user in the kubeconfig, in place of the token. */
  readonly user?: Readonly<Record<string, unknown>>;
}

/** Fields of a log line that tests look at. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly cause?: unknown;
  readonly [field: string]: unknown;
}

/** A running proxy and its clients. */
export interface Running {
  readonly app: App;
  readonly stateDir: string;
  /** The CA that clients trust, as read from the state directory. */
  readonly caPem: string;
  /** `https://127.0.0.1:PORT` of the proxy. */
  readonly url: string;
  /** Everything that was logged. */
  readonly log: readonly string[];
  logged(msg: string): LogLine[];
  /** One request to the proxy, read to its end. */
  fetch(path: string, options?: FetchOptions): Promise<Fetched>;
  /** A watch through the proxy, on a connection of its own. */
  watch(query?: string, encoding?: Encoding, headers?: Record<string, string>): Promise<TestWatch>;
  /** One request to the admin listener. */
  admin(path: string): Promise<Fetched>;
  scrape(): Promise<Scrape>;
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Fetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A directory that is removed at the end of the test. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'watchsieve-app-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes the kubeconfig that leads the proxy to its upstream. @returns its path */
export async function writeUpstreamKubeconfig(directory: string, backend: Backend): Promise<string> {
  const file = join(directory, 'upstream.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: backend.url,
          'certificate-authority-data': Buffer.from(backend.caPem).toString('base64'),
        },
      },
    ],
    users: [
      { name: 'test', user: backend.user ?? (backend.token === undefined ? {} : { token: backend.token }) },
    ],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

export interface RunOptions {
  /** Flags beyond those every test needs. */
  readonly argv?: readonly string[];
  /** Where an earlier run left its state; default what a first one would have made. */
  readonly stateDir?: string;
  /** A config file that is read at the start and again while running; default none. */
  readonly configFile?: string;
  /** Timers of streams; default the process's. */
  readonly startTimer?: StartTimer;
  /** Clock of what a hub keeps; default the process's. */
  readonly now?: () => number;
  /** Timers of what looks at files and at the clock; default the process's. */
  readonly startPolling?: StartTimer;
  /** Clock of the certificates, milliseconds since 1970; default the process's. */
  readonly wallNow?: () => number;
}

/** Starts the proxy; it need not be ready yet. */
export async function run(t: TestContext, backend: Backend, options: RunOptions = {}): Promise<Running> {
  const directory = await temporaryDirectory(t);
  const stateDir = options.stateDir ?? join(directory, 'state');
  // Certificates are of today.
  if (options.stateDir === undefined && options.wallNow === undefined) await prepareState(stateDir);
  const kubeconfig = await writeUpstreamKubeconfig(directory, backend);
  const nothing = join(directory, 'empty.yaml');
  await writeFile(nothing, '');
  const argv = [
    ...['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
    ...['--state-dir', stateDir, '--kubeconfig', kubeconfig],
    // What lies at the usual place on this machine is none of a test's business.
    ...['--config', options.configFile ?? nothing],
    ...(options.argv ?? []),
  ];
  const source = new SettingsSource(argv, {});
  const parsed = await source.read();
  if ('problems' in parsed) assert.fail(parsed.problems.join('; '));
  const log: string[] = [];
  const logger = await createLogger({
    level: parsed.ok.logLevel,
    format: 'json',
    output: { write: (line: string) => void log.push(line) },
  });
  const app = await startApp(parsed.ok, {
    log: logger,
    env: {},
    sources: parsed.sources,
    hiddenInFile: parsed.hiddenInFile,
    reread: () => source.reread(),
    ...(options.startTimer === undefined ? {} : { startTimer: options.startTimer }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.startPolling === undefined ? {} : { startPolling: options.startPolling }),
    ...(options.wallNow === undefined ? {} : { wallNow: options.wallNow }),
  });
  t.after(() => app.close());
  return running(t, app, stateDir, log);
}

/** Starts the proxy and waits until upstream has answered it. */
export async function runReady(t: TestContext, backend: Backend, options?: RunOptions): Promise<Running> {
  const proxy = await run(t, backend, options);
  await eventually(() => proxy.logged('ready').length > 0, 'the proxy is ready');
  return proxy;
}

async function running(t: TestContext, app: App, stateDir: string, log: string[]): Promise<Running> {
  const caPem = await readFile(join(stateDir, 'ca.crt'), 'utf8');
  const url = `https://127.0.0.1:${app.proxyAddress.port}`;
  const adminUrl = `http://127.0.0.1:${app.adminAddress.port}`;
  const agent = new Agent({ connect: { ca: caPem }, allowH2: false });
  t.after(() => agent.destroy());
  const fetchFrom = async (base: string, path: string, options: FetchOptions = {}): Promise<Fetched> => {
    const { statusCode, headers, body } = await agent.request({
      origin: base,
      path,
      method: 'GET',
      ...options,
    });
    return { status: statusCode, headers, body: Buffer.from(await body.arrayBuffer()) };
  };
  return {
    app,
    stateDir,
    caPem,
    url,
    log,
    logged: (msg) => log.map(parseLogLine).filter((line) => line.msg === msg),
    fetch: (path, options) => fetchFrom(url, path, options),
    watch: (query, encoding, headers) => watchAt(t, { url, caPem }, query, encoding, headers),
    admin: (path) => fetchFrom(adminUrl, path),
    scrape: async () => parseScrape((await fetchFrom(adminUrl, '/metrics')).body.toString()),
  };
}

/**
 * A watch on a connection of its own: of the proxy, or of the upstream itself.
 *
 * @param query of a watch of Nodes; what begins with a slash is all of the target
 */
export async function watchAt(
  t: TestContext,
  { url, caPem }: Backend,
  query = '',
  encoding: Encoding = 'json',
  more: Record<string, string> = {},
): Promise<TestWatch> {
  const client = new Client(url, { connect: { ca: caPem }, allowH2: false, bodyTimeout: 0 });
  t.after(() => client.destroy());
  const response = await client.request({
    method: 'GET',
    path: query.startsWith('/') ? query : `/api/v1/nodes?watch=1${query === '' ? '' : `&${query}`}`,
    headers: { accept: ACCEPT[encoding], 'user-agent': 'speaker/test', ...more },
  });
  return new TestWatch(response, encoding);
}

function parseLogLine(line: string): LogLine {
  return JSON.parse(line) as LogLine;
}

/** One sample of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A scrape, read by the rules of the Prometheus text format. */
export class Scrape {
  readonly samples: readonly Sample[];
  /** Metric names by their TYPE line. */
  readonly types: ReadonlyMap<string, string>;

  constructor(samples: readonly Sample[], types: ReadonlyMap<string, string>) {
    this.samples = samples;
    this.types = types;
  }

  of(name: string): readonly Sample[] {
    return this.samples.filter((sample) => sample.name === name);
  }

  /** The sum over all samples of this name that carry these labels; 0 where there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.of(name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

export function parseScrape(text: string): Scrape {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type?.[1] !== undefined) types.set(type[1], type[2] ?? '');
    const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/i.exec(line);
    if (line.startsWith('#') || sample === null) continue;
    const pairs = [...(sample[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/gi)];
    const labels = Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value]));
    samples.push({ name: sample[1] ?? '', labels, value: Number(sample[3]) });
  }
  return new Scrape(samples, types);
}
