/**
 * The HTTPS listener for the API server. Owns this route:
 *
 *   POST /mutate   AdmissionReview of admission.k8s.io/v1, as JSON
 *
 * Anybody in the cluster can connect: bodies, connections and patience have limits.
 */
import { finished } from 'node:stream/promises';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { CertificateAndKey } from '../identity/certificates.ts';
import { TLS_PROFILE } from '../limits/tls-profile.ts';
import { MalformedReview } from './review.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly certificate: CertificateAndKey;
  /** The answer to one body. @throws MalformedReview */
  readonly review: (body: unknown) => unknown;
  /** A call was answered with an error. */
  readonly refused: (status: 400 | 413 | 415) => void;
}

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
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** The API server waits for 3 s; who is slower than this is not one. */
const REQUEST_TIMEOUT_MS = 10_000;
/** One each for what an API server asks at the same moment; more of them only cost memory. */
const MAX_CONNECTIONS = 200;
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** @throws the listen error of node:net, such as EADDRINUSE */
export async function listenForReviews(options: ListenerOptions): Promise<WebhookListener> {
  const server = fastify({
    logger: false,
    https: { ...tlsOf(options.certificate), ...TLS_PROFILE, handshakeTimeout: REQUEST_TIMEOUT_MS },
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // While closing, what has arrived is still reviewed: an error would cost a Pod its sidecar.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  let isDraining = false;
  addRoute(server, options);
  addRefusals(server, options);
  server.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  await server.listen({ host: options.host, port: options.port });
  const bound = server.server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    setCertificate: (certificate) =>
      server.server.setSecureContext({ ...tlsOf(certificate), ...TLS_PROFILE }),
    drain: () => (isDraining = true),
    close: () => server.close(),
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
  // Plain JSON.parse: fastify's own parser refuses keys that mean nothing here, and with them a Pod.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(new MalformedReview('the body is not JSON'));
    }
  });
  server.post(PATH, (request, reply) =>
    reply.type('application/json').send(JSON.stringify(review(request.body))),
  );
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
    const status = statusOf(error);
    if (status === 413 || status === 415) refused(status);
    else refused(400);
    // Closing before all has come would reset the connection, and the answer with it. The time for it is limited.
    if (status === 413) await finished(request.raw.resume()).catch(() => undefined);
    if (status === 413)
      return say(reply, 413, `an AdmissionReview of more than ${MAX_BODY_BYTES} bytes is not read`);
    if (status === 415) return say(reply, 415, 'an AdmissionReview must come as application/json');
    return say(reply, status, 'this request cannot be read');
  });
}

/** As fastify puts it on its own errors, all of which are about the request. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400;
  return status >= 400 && status < 500 ? status : 400;
}
