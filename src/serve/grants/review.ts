/**
 * A SelfSubjectAccessReview: asks the API server, with the caller's own credentials, what the caller may do (I10). Any
 * authenticated user may create one, and one request checks both the credentials and the right.
 */
import { ANSWER_MS } from '../../core/grant/watch-grant.ts';
import type { RequestAttributes } from '../../core/request/request-attributes.ts';
import { jsonIn, recordAt, textAt } from '../../platform/text/json-value.ts';
import type { Lane } from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { jsonRequest, type WholeAnswer, wholeAnswer } from '../../platform/upstream/whole-answer.ts';

/** `unauthorized`: the credentials are invalid, or missing although they are required. */
export type ReviewResult = 'allowed' | 'refused' | 'unauthorized' | 'unanswered';

export interface Question {
  readonly attributes: RequestAttributes;
  /** Flat, as `callerCredentials` found them. */
  readonly credentials: readonly string[];
}

const TARGET = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const MAX_ANSWER_BYTES = 64 * 1024;

/** Never rejects. */
export async function review(
  upstream: Pick<Upstream, 'send'>,
  { attributes, credentials }: Question,
  lane: Lane,
): Promise<ReviewResult> {
  const request = jsonRequest({
    method: 'POST',
    target: TARGET,
    userAgent: 'watchsieve',
    authorization: undefined,
    body: bodyOf(attributes),
  });
  const headers = [...request.headers, ...credentials];
  try {
    return resultOf(
      await wholeAnswer((handler) => upstream.send({ ...request, headers, lane }, handler), {
        timeoutMs: ANSWER_MS,
        maxBytes: MAX_ANSWER_BYTES,
      }),
    );
  } catch {
    // Observers of upstream report the reason.
    return 'unanswered';
  }
}

function bodyOf(attributes: RequestAttributes): unknown {
  const { labelSelector, fieldSelector, ...place } = attributes;
  const resourceAttributes = {
    ...place,
    ...(labelSelector === '' ? {} : { labelSelector: { rawSelector: labelSelector } }),
    ...(fieldSelector === '' ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
  };
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
}

function resultOf({ head: { statusCode }, body }: WholeAnswer): ReviewResult {
  if (statusCode === 401) return 'unauthorized';
  if (statusCode === 403) return 'refused';
  const answer = statusCode === 201 || statusCode === 200 ? jsonIn(body) : undefined;
  const { allowed, denied } = recordAt(answer, 'status');
  if (textAt(answer, 'kind') !== 'SelfSubjectAccessReview' || typeof allowed !== 'boolean')
    return 'unanswered';
  return allowed && denied !== true ? 'allowed' : 'refused';
}
