/**
 * A whole installation in this process for `check` to look at: an API server that tells who one is and what one may,
 * the proxy in front of it, a client with a watch, and files that tests can spoil.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CheckContext, Finding } from '../../../src/install/check/check.ts';
import type { CheckName, Fault } from '../../../src/install/check/faults.ts';
import { renderJson, renderResult } from '../../../src/install/check/render.ts';
import { runChecks } from '../../../src/install/check/run-checks.ts';
import { upstreamTarget } from '../../../src/serve/upstream-target.ts';
import { SettingsSource } from '../../../src/cli/settings-source.ts';
import { kubeconfigPath } from '../../../src/platform/identity/kubeconfig.ts';
import {
  type Backend,
  run,
  type Running,
  temporaryDirectory,
  writeUpstreamKubeconfig,
} from '../../serve/harness.ts';
import { type ApiRequest, type ApiResponse, eventually, startApiServer } from '../../support/api-server.ts';
import { LOOPBACK, type TestCertificates } from '../../support/certificates.ts';

const USER = 'system:serviceaccount:metallb-system:speaker';
/** A token as a service account has it, good until 2100. */
export const TOKEN = jwt({ sub: USER, exp: 4_102_444_800 });

export function jwt(payload: object): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(payload)}.${Buffer.from('signature').toString('base64url')}`;
}

/** How the API server behaves; what is left out is as it should be. */
export interface ApiBehaviour {
  readonly mayWatch?: boolean;
  readonly acceptsToken?: boolean;
  /** Its clock, milliseconds from ours. */
  readonly clockOffsetMs?: number;
  /** What a watch of `check` is answered; undefined: nothing, ever. */
  readonly watchStatus?: number | undefined;
  /** MODIFIED events of other watches, and whether each changes a label. */
  readonly modified?: number;
  readonly changing?: boolean;
  readonly hasReviews?: boolean;
  readonly certificates?: TestCertificates;
}

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

function answerAs(behaviour: ApiBehaviour): (request: ApiRequest, response: ApiResponse) => void {
  const { mayWatch = true, acceptsToken = true, hasReviews = true, clockOffsetMs = 0 } = behaviour;
  const watchStatus = 'watchStatus' in behaviour ? behaviour.watchStatus : mayWatch ? 200 : 403;
  return (request, response) => {
    const send = (status: number, body: object) => {
      const date = new Date(Date.now() + clockOffsetMs).toUTCString();
      response.writeHead(status, { 'content-type': 'application/json', date });
      response.end(JSON.stringify(body));
    };
    const refuse = (code: number, message: string) => send(code, { kind: 'Status', code, message });
    if (request.url === '/version') send(200, { gitVersion: 'v1.37.2' });
    else if (!acceptsToken || request.headers.authorization !== `Bearer ${TOKEN}`)
      refuse(401, 'Unauthorized');
    else if (request.url === REVIEWS && hasReviews) send(201, { status: { userInfo: { username: USER } } });
    else if (request.url === REVIEWS) refuse(404, 'the server could not find the requested resource');
    else if (request.url === ACCESS_REVIEWS) send(201, { status: { allowed: mayWatch } });
    else if (!request.url.includes('metadata.name%3Dwatchsieve-check')) watch(response, events(behaviour));
    else if (watchStatus === 200) watch(response, '');
    else if (watchStatus !== undefined) refuse(watchStatus, 'nodes: too much, or not for you');
  };
}

function watch(response: ApiResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(body);
}

/** What a watch gets. */
export function events({ modified = 10, changing = false }: ApiBehaviour): string {
  const event = (type: string, version: number) =>
    `${JSON.stringify({
      type,
      object: {
        kind: 'Node',
        apiVersion: 'v1',
        metadata: {
          name: 'node-1',
          uid: 'u1',
          resourceVersion: String(version),
          labels: { at: changing ? String(version) : 'home' },
        },
      },
    })}\n`;
  return Array.from({ length: modified }, (_, i) => event('MODIFIED', 1001 + i)).join('');
}

/** What a test looks at and spoils. */
export interface Installation {
  readonly proxy: Running;
  readonly backend: Backend;
  readonly stateDir: string;
  readonly tokenFile: string;
  /** For further files. */
  readonly directory: string;
  readonly argv: readonly string[];
  readonly context: CheckContext;
  /** All findings, with other things in place of some of the context. */
  readonly check: (changes?: Partial<CheckContext>) => Promise<Findings>;
  /** The context with other flags, the last of a name winning. */
  readonly settingsWith: (
    ...argv: readonly string[]
  ) => Promise<Pick<CheckContext, 'settings' | 'findUpstream'>>;
}

/** What was found, and the text of it. */
export class Findings {
  readonly text: string;
  readonly #findings: ReadonlyMap<CheckName, Finding>;

  constructor(findings: ReadonlyMap<CheckName, Finding>, text: string) {
    this.#findings = findings;
    this.text = text;
  }

  of(name: CheckName): Finding {
    return this.#findings.get(name) ?? assert.fail(`no check ${name}`);
  }

  /** All faults, in the order in which they were found. */
  get faults(): Fault[] {
    return [...this.#findings.values()].flatMap((finding) =>
      finding.outcome === 'wrong' ? [finding.fault] : [],
    );
  }

  get skipped(): CheckName[] {
    return [...this.#findings].flatMap(([name, { outcome }]) => (outcome === 'skipped' ? [name] : []));
  }
}

/** Starts one; without `client` nobody watches. */
export async function install(
  t: TestContext,
  behaviour: ApiBehaviour = {},
  { client = true, upstream, lends = false, argv: more = [] }: InstallOptions = {},
): Promise<Installation> {
  const { certificates = LOOPBACK } = behaviour;
  const api = await startApiServer({ handler: answerAs(behaviour), certificates });
  t.after(() => api[Symbol.asyncDispose]());
  const own = lends ? { token: TOKEN } : {};
  const backend = upstream ?? { url: `https://127.0.0.1:${api.port}`, caPem: certificates.ca, ...own };
  const directory = await temporaryDirectory(t);
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, `${TOKEN}\n`);
  const proxy = await run(t, backend, { argv: ['--token-file', tokenFile, ...more] });
  if (client) {
    await eventually(() => proxy.logged('ready').length > 0, 'the proxy is ready');
    const watch = await proxy.watch('resourceVersion=1000', 'json', { authorization: `Bearer ${TOKEN}` });
    await watch.take(1);
    t.after(() => watch.abort());
    const expected = behaviour.modified ?? 10;
    for (let seen = 0; seen < expected;)
      seen = (await proxy.scrape()).sum('watchsieve_events_total', { type: 'MODIFIED' });
  }
  const argv = [
    ...['--listen', `127.0.0.1:${proxy.app.proxyAddress.port}`],
    ...['--admin-listen', `127.0.0.1:${proxy.app.adminAddress.port}`],
    ...['--state-dir', proxy.stateDir, '--token-file', tokenFile],
    ...['--kubeconfig', await writeUpstreamKubeconfig(directory, backend)],
    ...['--config', await emptyFile(directory)],
    ...more,
  ];
  const context: CheckContext = {
    ...(await contextOf(argv)),
    clientKubeconfig: kubeconfigPath(proxy.stateDir),
    clientTokenFile: undefined,
    readStdin: () => assert.fail('nobody was told to read it'),
    env: {},
    now: () => new Date(),
    canWrite: () => Promise.resolve(true),
    timeoutMs: 10_000,
  };
  return {
    proxy,
    backend,
    stateDir: proxy.stateDir,
    tokenFile,
    directory,
    argv,
    context,
    check: (changes = {}) => find({ ...context, ...changes }),
    settingsWith: (...flags) => contextOf([...argv, ...flags]),
  };
}

interface InstallOptions {
  readonly client?: boolean;
  /** Where the proxy is led, in place of the API server. */
  readonly upstream?: Backend;
  /** Whether the kubeconfig that leads to upstream has the token, for clients to be lent. */
  readonly lends?: boolean;
  /** Further flags of the proxy. */
  readonly argv?: readonly string[];
}

async function emptyFile(directory: string): Promise<string> {
  const file = join(directory, 'empty.yaml');
  await writeFile(file, '');
  return file;
}

async function contextOf(argv: readonly string[]): Promise<Pick<CheckContext, 'settings' | 'findUpstream'>> {
  const parsed = await new SettingsSource(argv, {}).read();
  if ('problems' in parsed) return assert.fail(parsed.problems.join('; '));
  const settings = parsed.ok;
  return { settings, findUpstream: () => upstreamTarget(settings, {}) };
}

async function find(context: CheckContext): Promise<Findings> {
  const lines: string[] = [];
  const results = await runChecks(context, (result) => lines.push(renderResult(result)));
  const text = lines.join('') + renderJson(results);
  // Whatever else a test is about (R26).
  const key = await readFile(join(context.settings.stateDir, 'tls.key'), 'utf8').catch(() => undefined);
  for (const secret of [TOKEN, TOKEN.split('.')[1] ?? '', TOKEN.split('.')[2] ?? '', key])
    assert.ok(secret === undefined || !text.includes(secret), 'a secret is shown');
  return new Findings(new Map(results.map(({ name, finding }) => [name, finding])), text);
}
