/**
 * The program's own requests, whose answers are read completely and within a time limit: JSON out, JSON back. Requests
 * of clients are never read this way.
 */
import { Readable } from 'node:stream';
import type { Exchange, ResponseHandler, ResponseHead, UpstreamRequest } from './exchange.ts';
import { UpstreamError } from './upstream-error.ts';

export interface JsonRequest {
  readonly method: string;
  readonly target: string;
  readonly userAgent: string;
  /** `application/json` by default. */
  readonly accept?: string;
  /** The whole header; undefined for none. */
  readonly authorization: string | undefined;
  /** Undefined for no body. */
  readonly body: unknown;
  /** The type of the body; `application/json` by default. */
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
  /** True if an answer with this head counts without its body: a watch has no end to wait for. */
  readonly isThere?: (head: ResponseHead) => boolean;
}

export interface WholeAnswer {
  readonly head: ResponseHead;
  /** Empty if the head was enough. */
  readonly body: Buffer;
}

export class AnswerTooLarge extends UpstreamError {
  constructor() {
    super('body', 'protocol');
  }
}

/** @throws UpstreamError if there is no answer or it is not complete in time; AnswerTooLarge; the errors of `send` */
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
