/**
 * The HTTPS listener for the API server. Owns this route:
 *
 *   POST /mutate   AdmissionReview of admission.k8s.io/v1, as JSON
 *
 * Anybody in the cluster can connect: bodies, connections and patience have limits.
 */
import type { IncomingMessage } from 'node:http';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { CertificateAndKey } from '../../platform/identity/certificates.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import { GuardedServer, type ServerLimits } from '../../platform/listen/guarded-server.ts';
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
  /** The answer to one body, which is read again where it is worked on again. @throws MalformedReview */
  readonly review: (read: () => unknown, nextTurn: NextTurn) => Promise<unknown>;
  /** A call was answered with an error. */
  readonly refused: (status: RefusedStatus) => void;
  /** A connection was ended at a bound, or not let in. */
  readonly onConnectionBound: (bound: ConnectionBound) => void;
}

export type RefusedStatus = 400 | 413 | 415 | 503;

export interface WebhookListener {
  /** The port really bound. */
  readonly port: number;
  /** From the next handshake on. */
  setCertificate(certificate: CertificateAndKey): void;
  /** Asks whoever calls to use another connection next time. */
  drain(): void;
  /** Resolves when what runs has been answered. */
  close(): Promise<void>;
}

export const PATH = '/mutate';
/** The API server takes requests of 3 MiB, and wraps one in some more fields. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Of all bodies until they are answered: four of the largest, or some hundred of the usual. */
export const MAX_BODIES_BYTES = 4 * MAX_BODY_BYTES;
/** A Pod has some hundred values, with what managed fields say of it; one that fills etcd's limit some thousand. */
const JSON_BOUNDS = { values: 100_000, depth: 100 };
/**
 * The API server asks on one connection for each call at the same moment, and keeps those for 90 s. Were one of them
 * closed here first, the call that was just on its way there would be lost, and its Pod without sidecar.
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

function tlsOf({ certPem: cert, keyPem: key }: CertificateAndKey): {
  readonly cert: string;
  readonly key: string;
} {
  return { cert, key };
}

function addRoute(
  server: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser' | 'post'>,
  { review }: ListenerOptions,
): void {
  server.removeAllContentTypeParsers();
  const bodies = new Bodies({ bytesEach: MAX_BODY_BYTES, bytesInAll: MAX_BODIES_BYTES });
  // Looked at where it is answered, so that it counts until then.
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

/** Plain JSON.parse: fastify's own parser refuses keys that mean nothing here, and with them a Pod. */
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
      // What still comes would only be garbage; the guard ends the connection when the answer has left.
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

/** As fastify puts it on its own errors, all of which are about the request. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400;
  return status >= 400 && status < 500 ? status : 400;
}
