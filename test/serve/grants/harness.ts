/** An API server that answers reviews as a table says, and grants that ask it over real connections. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { isRecord } from '../../../src/platform/text/record.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import { Grants } from '../../../src/serve/grants/grants.ts';
import { type ApiResponse, startApiServer } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { loopbackTarget, watchedUpstream } from '../../support/upstream.ts';
import type { UpstreamOptions } from '../../../src/platform/upstream/upstream.ts';

/** One review, as the API server got it. */
export interface Review {
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly attributes: unknown;
  /** Whether its connection has a client certificate: empty where not. */
  readonly certificate: string | undefined;
}

export type Answer = boolean | number | 'silence' | 'nonsense';

export interface ReviewServer {
  readonly port: number;
  readonly reviews: readonly Review[];
  /** What is answered from now on; a number is a status. */
  answer: (review: Review) => Answer | Promise<Answer>;
}

export async function startReviewServer(t: TestContext): Promise<ReviewServer> {
  const reviews: Review[] = [];
  const tls = { ...LOOPBACK.tls, requestCert: true, rejectUnauthorized: false };
  const api = await startApiServer({
    certificates: { ...LOOPBACK, tls },
    handler: (req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const { socket } = req.stream.session ?? req;
        const review = {
          authorization: req.headers.authorization,
          headers: req.headers,
          attributes: attributesIn(Buffer.concat(chunks).toString()),
          certificate: socket instanceof TLSSocket ? certificateOf(socket) : undefined,
        };
        reviews.push(review);
        void Promise.resolve(server.answer(review)).then((answer) => respond(res, answer));
      });
    },
  });
  t.after(() => api[Symbol.asyncDispose]());
  const server: ReviewServer = { port: api.port, reviews, answer: () => true };
  return server;
}

function attributesIn(text: string): unknown {
  const body: unknown = JSON.parse(text);
  assert.ok(isRecord(body) && body['kind'] === 'SelfSubjectAccessReview');
  assert.ok(isRecord(body['spec']));
  return body['spec']['resourceAttributes'];
}

/** Node gives an empty object where there is none. */
function certificateOf(socket: TLSSocket): string {
  return new Map<string, unknown>(Object.entries(socket.getPeerCertificate())).has('subject') ? 'ours' : '';
}

function respond(res: ApiResponse, answer: Answer): void {
  if (answer === 'silence') return;
  res.writeHead(typeof answer === 'number' ? answer : 201, { 'content-type': 'application/json' });
  if (answer === 'nonsense') res.end('{"allowed":true}');
  else if (typeof answer === 'number') res.end('{"kind":"Status"}');
  else res.end(JSON.stringify({ kind: 'SelfSubjectAccessReview', status: { allowed: answer } }));
}

export interface AskingGrants {
  readonly server: ReviewServer;
  readonly grants: Grants;
  readonly time: FakeTime;
  readonly metrics: () => Promise<string>;
}

export async function askingGrants(
  t: TestContext,
  options: Partial<UpstreamOptions> = {},
): Promise<AskingGrants> {
  const server = await startReviewServer(t);
  const watched = watchedUpstream(loopbackTarget(server.port), options);
  t.after(() => watched.upstream.close());
  const time = new FakeTime();
  const registry = new MetricRegistry();
  const grants = new Grants({
    upstream: watched.upstream,
    registry,
    now: time.now,
    chance: () => 0,
    startTimer: time.startTimer,
  });
  return { server, grants, time, metrics: async () => (await registry.text()).body };
}

export function bearer(token: string, ...more: readonly string[]): string[] {
  return ['Authorization', `Bearer ${token}`, ...more];
}
