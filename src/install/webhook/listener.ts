/**
 * The HTTPS listener for the API server, with one route:
 *
 *   POST /mutate   AdmissionReview of admission.k8s.io/v1, as JSON
 *
 * Everything in the cluster can connect, so bodies, connections and waiting times are limited.
 */
import type { IncomingMessage } from 'node:http';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { CertificateAndKey } from '../../platform/identity/certificates.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import { GuardedServer, type ServerLimits, type ServingTls } from '../../platform/listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../../platform/listen/refusal.ts';
import { SHORT_ANSWERS } from '../../platform/listen/short-answers.ts';
import { beyondJsonBounds } from '../../platform/text/json-bounds.ts';
import { Bodies, BodyRefused, type NextTurn } from './bodies.ts';
import { MalformedReview } from './review.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly certificate: CertificateAndKey;
  /** Answers one body. `read` parses it again at each call. @throws MalformedReview */
  readonly review: (read: () => unknown, nextTurn: NextTurn) => Promise<unknown>;
  /** Called when a call was answered with an error. */
  readonly refused: (status: RefusedStatus) => void;
  /** Called when a connection was ended or refused at a limit. */
  readonly onConnectionBound: (bound: ConnectionBound) => void;
}

export type RefusedStatus = 400 | 413 | 415 | 503;

export interface WebhookListener {
  readonly port: number;
  /** Takes effect with the next handshake. */
  setCertificate(certificate: CertificateAndKey): void;
  /** Answers from now on close their connection, so that the API server's next call goes elsewhere. */
  drain(): void;
  /** Resolves when all calls under way have been answered. */
  close(): Promise<void>;
}

export const PATH = '/mutate';
/** The API server accepts requests of 3 MiB, and adds some fields around one. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** The bound for all bodies together until they are answered: four of the largest, or some hundred ordinary ones. */
export const MAX_BODIES_BYTES = 4 * MAX_BODY_BYTES;
/** A Pod with its managed fields has some hundred values; one as large as etcd allows has some thousand. */
const JSON_BOUNDS = { values: 100_000, depth: 100 };
/**
 * The API server opens a connection for each simultaneous call and keeps it for 90 s. If the webhook closed one
 * earlier, a call already on its way would be lost, and its Pod would get no sidecar.
 */
const LIMITS: ServerLimits = {
  ...SHORT_ANSWERS,
  connections: { ...SHORT_ANSWERS.connections, maxConnections: 200 },
  keepAliveMs: 120_000,
};
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** @throws the listen error of node:net, such as EADDRINUSE */
export async function listenForReviews(options: ListenerOptions): Promise<WebhookListener> {
  const router = fastify({ logger: false });
  let isDraining = false;
  addRoute(router, options);
  addRefusals(router, options);
  router.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  await router.ready();
  const server = new GuardedServer({
    tls: tlsOf(options.certificate),
    limits: LIMITS,
    handlers: {
      refusals: PLAIN_REFUSALS,
      onRequest: (req, res) => router.routing(req, res),
      onBound: options.onConnectionBound,
    },
  });
  const { port } = await server.listen(options.host, options.port);
  return {
    port,
    setCertificate: (certificate) => server.setTls(tlsOf(certificate)),
    drain: () => (isDraining = true),
    close: () => server.closeGently(),
  };
}

function tlsOf({ certPem: cert, keyPem: key }: CertificateAndKey): ServingTls {
  return { cert, key };
}

function addRoute(
  server: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser' | 'post'>,
  { review }: ListenerOptions,
): void {
  server.removeAllContentTypeParsers();
  const bodies = new Bodies({ bytesEach: MAX_BODY_BYTES, bytesInAll: MAX_BODIES_BYTES });
  // The route reads the body, not this parser, so that it counts towards the budget until it is answered.
  server.addContentTypeParser('application/json', (_request: unknown, payload: IncomingMessage) =>
    Promise.resolve(payload),
  );
  server.post(PATH, async (request, reply) => {
    const answer = await bodies.use(
      request.raw,
      (bytes, nextTurn) => review(() => parse(bytes), nextTurn),
      Number(request.raw.headers['content-length'] ?? 0),
    );
    return reply.type('application/json').send(JSON.stringify(answer));
  });
}

/** Uses JSON.parse because fastify's own parser refuses some keys that are harmless here, and would refuse their Pod. */
function parse(body: Buffer): unknown {
  const cause = beyondJsonBounds(body, JSON_BOUNDS);
  if (cause !== undefined) throw new MalformedReview(`the body is not read: ${cause}`);
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new MalformedReview('the body is not JSON');
  }
}

function addRefusals(
  server: Pick<FastifyInstance, 'setNotFoundHandler' | 'setErrorHandler'>,
  { refused }: ListenerOptions,
): void {
  const say = (reply: FastifyReply, status: number, text: string) =>
    reply.code(status).type(TEXT_TYPE).send(`${text}\n`);
  server.setNotFoundHandler((_request, reply) => say(reply, 404, `not found; there is: POST ${PATH}`));
  server.setErrorHandler(async (error: unknown, request, reply) => {
    if (error instanceof MalformedReview) {
      refused(400);
      return say(reply, 400, error.message);
    }
    if (error instanceof BodyRefused) {
      refused(error.statusCode);
      // The rest of the body is not needed; GuardedServer ends the connection when the answer has been sent.
      request.raw.pause();
      return say(
        reply,
        error.statusCode,
        error.statusCode === 413
          ? `an AdmissionReview of more than ${MAX_BODY_BYTES} bytes is not read`
          : 'too much is being sent at the same time',
      );
    }
    const status = statusOf(error);
    refused(status === 415 ? status : 400);
    if (status === 415) return say(reply, 415, 'an AdmissionReview must come as application/json');
    return say(reply, status, 'this request cannot be read');
  });
}

/** The status that fastify sets on its own errors, all of which are about the request. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400;
  return status >= 400 && status < 500 ? status : 400;
}
