/**
 * The answers of this program, as Kubernetes `Status` objects (R5) that every client can read. Each status code is
 * chosen by client-go's reaction to it. Pure.
 */

import type { GuestLimit } from './guests.ts';

/** One answer of this program, for any kind of connection. */
export interface StatusAnswer {
  readonly code: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** The fault of a refused request. */
export type Refusal =
  'bad-target' | 'unauthorized' | 'method' | 'malformed' | 'headers-too-large' | 'timeout' | 'expectation';

const REFUSALS: Readonly<Record<Refusal, { code: number; reason: string; message: string }>> = {
  'bad-target': { code: 400, reason: 'BadRequest', message: 'the request target must begin with "/"' },
  unauthorized: {
    code: 401,
    reason: 'Unauthorized',
    message:
      'only requests with the token of the kubeconfig in --state-dir are served (--credentials kubeconfig)',
  },
  method: { code: 400, reason: 'BadRequest', message: 'CONNECT is not supported' },
  malformed: { code: 400, reason: 'BadRequest', message: 'the request is not well-formed HTTP/1.1' },
  'headers-too-large': {
    code: 431,
    reason: 'RequestHeaderFieldsTooLarge',
    message: 'the request headers are too large',
  },
  timeout: { code: 408, reason: 'Timeout', message: 'the request headers took too long' },
  expectation: {
    code: 417,
    reason: 'ExpectationFailed',
    message: 'only the expectation 100-continue is supported',
  },
};

/** The message for a request that is refused at a limit. */
export function overLimit(limit: GuestLimit, allowed: number): string {
  switch (limit) {
    case 'streams':
      return `--max-streams allows ${allowed} filtered watches at one time`;
    case 'upgrades':
      return `--max-upgrades allows ${allowed} upgraded connections at one time`;
    case 'requests':
      return `--max-requests allows ${allowed} requests at one time`;
    case 'connections':
      return `--max-connections leaves places for ${allowed} requests at one time`;
    case 'memory':
      return `--memory-budget allows ${allowed} bytes to be kept for clients`;
  }
}

const RETRY_AFTER_SECONDS = 1;

/**
 * The answer when upstream cannot be asked now. A watch gets 429, the only status after which client-go's reflector
 * continues from its resourceVersion instead of listing everything again; other requests get 503. Both have
 * Retry-After, without which client-go lists again.
 */
export function unavailable(isWatch: boolean, cause: string): StatusAnswer {
  const code = isWatch ? 429 : 503;
  const answer = status(code, isWatch ? 'TooManyRequests' : 'ServiceUnavailable', cause, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
  return { ...answer, headers: [...answer.headers, 'Retry-After', String(RETRY_AFTER_SECONDS)] };
}

/** The answer to a request that is never sent upstream. */
export function refused(refusal: Refusal): StatusAnswer {
  const { code, reason, message } = REFUSALS[refusal];
  return status(code, reason, message);
}

/** The answer to a request that upstream's protocol cannot carry. */
export function unsendable(cause: string): StatusAnswer {
  return status(400, 'BadRequest', cause);
}

/** The answer to an invalid path of this program. */
export function notFound(cause: string): StatusAnswer {
  return status(404, 'NotFound', cause);
}

/** The answer of a hub that has no answer in memory; the sidecar then asks the API server itself. */
export function misdirected(why: string): StatusAnswer {
  return status(421, 'MisdirectedRequest', `this hub has no answer in memory (${why})`);
}

function status(code: number, reason: string, cause: string, details?: object): StatusAnswer {
  const body = Buffer.from(
    `${JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `watchsieve: ${cause}`,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    })}\n`,
  );
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
  return { code, headers, body };
}
