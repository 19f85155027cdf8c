/**
 * Our own answers, as Kubernetes `Status` objects (R5), so that every client can read them. Pure; the
 * status code of an answer is chosen for what client-go does on it.
 */

import type { GuestLimit } from './guests.ts';

/** One answer of our own: everything needed to write it by whatever means. */
export interface StatusAnswer {
  readonly code: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What a refused request has wrong. */
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

/** Why a request is refused: what the limit allows. */
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
 * The answer when upstream cannot be asked now. On a watch 429: the only status on which client-go's
 * reflector goes on from its resourceVersion instead of listing everything again; else 503. Both with
 * Retry-After, without which client-go relists.
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
