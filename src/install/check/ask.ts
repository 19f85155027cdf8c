/** One request and its answer, read whole and in time: to the proxy or to the API server, over verified TLS. */
import { isIPv6 } from 'node:net';
import type { ListenAddress } from '../../config/kinds.ts';
import { dialHost } from '../../platform/identity/hosts.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { Upstream } from '../../platform/upstream/upstream.ts';
import { jsonIn, jsonRequest, wholeAnswer } from '../../platform/upstream/whole-answer.ts';

/** Clients' names in logs and /debug/streams. */
export const USER_AGENT = 'watchsieve-check';
/** No answer that is asked for here is larger. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What to ask. */
export interface Question {
  readonly target: string;
  /** Sent as bearer token. */
  readonly token?: string;
  /** Posted as JSON; without it the method is GET. */
  readonly post?: unknown;
  /** Whether the answer is there with its headers: a watch has no end to wait for. */
  readonly headersOnly?: boolean;
}

export interface Answer {
  readonly status: number;
  /** The `Date` header. */
  readonly date: string | undefined;
  readonly body: unknown;
}

/** Connections to one server, of this command alone. Close it. */
export function connectionsTo(target: UpstreamTarget, timeoutMs: number): Upstream {
  return new Upstream({
    target,
    http: '1.1',
    pingIntervalMs: timeoutMs,
    pingTimeoutMs: timeoutMs,
    connectTimeoutMs: timeoutMs,
  });
}

/** Where the admin listener is asked. */
export function adminOrigin({ host, port }: ListenAddress): string {
  const dialled = dialHost(host);
  return `http://${isIPv6(dialled) ? `[${dialled}]` : dialled}:${port}`;
}

/** @throws UpstreamError also where the answer is not complete in time, or too large */
export async function ask(upstream: Upstream, question: Question, timeoutMs: number): Promise<Answer> {
  const { target, token, post, headersOnly = false } = question;
  const request = jsonRequest({
    method: post === undefined ? 'GET' : 'POST',
    target,
    userAgent: USER_AGENT,
    authorization: token === undefined ? undefined : `Bearer ${token}`,
    body: post,
  });
  const { head, body } = await wholeAnswer((handler) => upstream.send(request, handler), {
    timeoutMs,
    maxBytes: MAX_BODY_BYTES,
    isThere: ({ statusCode }) => headersOnly && statusCode === 200,
  });
  return { status: head.statusCode, date: valueOf(head.headers, 'date'), body: jsonIn(body) };
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

/** What OpenSSL, Node or the kernel call it; empty where nobody named it. */
export function causeCode(error: UpstreamError): string {
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** Certificates that are right but for the time. */
export function isAboutTime(error: UpstreamError): boolean {
  return ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].includes(causeCode(error));
}
