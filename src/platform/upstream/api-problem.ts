/** What becomes of a request to the API server that was answered otherwise than was hoped for. */
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { textAt } from '../text/json-value.ts';

/** The API server, with credentials of our own. */
export type Api = Pick<ApiClient, 'ask'>;

/** Its message names users and resources, and holds no secret. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** Whether it may be otherwise in a moment, without anybody doing anything: overload, a restart. */
  readonly isTransient: boolean;

  constructor(message: string, status = 0) {
    super(message);
    this.isTransient = status === 429 || status >= 500;
  }
}

/** Says what could not be done, in the API server's own words. */
export function refusal(what: string, { status, body }: Pick<ApiAnswer, 'status' | 'body'>): ApiProblem {
  return new ApiProblem(`${what}: ${status}, ${textAt(body, 'message') ?? 'no reason given'}`, status);
}
