/** Requests of our own, whose answers are read whole and in time: JSON out, JSON back. Clients' requests are never read so. */
import { Readable } from 'node:stream';
import type { Exchange, ResponseHandler, ResponseHead, UpstreamRequest } from './exchange.ts';
import { UpstreamError } from './upstream-error.ts';

export interface JsonRequest {
  readonly method: string;
  readonly target: string;
  readonly userAgent: string;
  /** `application/json` unless said. */
  readonly accept?: string;
  /** The whole header; undefined: none. */
  readonly authorization: string | undefined;
  /** Undefined: none. */
  readonly body: unknown;
  /** Type of the body, `application/json` unless said. */
  readonly contentType?: string;
}

export function jsonRequest(request: JsonRequest): UpstreamRequest {
  const { method, target, userAgent, authorization, body } = request;
  const { accept = 'application/json', contentType = 'application/json' } = request;
  const headers = ['Accept', accept, 'User-Agent', userAgent];
  if (authorization !== undefined) headers.push('Authorization', authorization);
  if (body === undefined) return { method, target, headers, body: null };
  const bytes = Buffer.from(JSON.stringify(body));
  headers.push('Content-Type', contentType, 'Content-Length', `${bytes.length}`);
  return { method, target, headers, body: Readable.from([bytes]) };
}

export interface AnswerLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Whether an answer with this head is there without its body: a watch has no end to wait for. */
  readonly isThere?: (head: ResponseHead) => boolean;
}

export interface WholeAnswer {
  readonly head: ResponseHead;
  /** Empty where the head was enough. */
  readonly body: Buffer;
}

export class AnswerTooLarge extends UpstreamError {
  constructor() {
    super('body', 'protocol');
  }
}

/** @throws UpstreamError where there is no answer, not all of it in time, or more of it (AnswerTooLarge); what `send` throws */
export async function wholeAnswer(
  send: (handler: ResponseHandler) => Exchange | Promise<Exchange>,
  { timeoutMs, maxBytes, isThere }: AnswerLimits,
): Promise<WholeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let head: ResponseHead = { statusCode: 0, statusMessage: '', headers: [] };
  const exchange = await send({
    onResponse(received) {
      head = received;
      if (isThere?.(head) === true) resolve({ head, body: Buffer.alloc(0) });
    },
    onData(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(new AnswerTooLarge());
      else chunks.push(Buffer.from(chunk));
      return true;
    },
    onEnd: () => resolve({ head, body: Buffer.concat(chunks) }),
    onError: reject,
  });
  const timer = setTimeout(() => reject(new UpstreamError('headers', 'timeout')), timeoutMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    exchange.abort();
  }
}
