/**
 * What client-go's reflector does next, by what it saw of a watch (tools/cache/reflector.go, rest/request.go,
 * rest/with_retry.go; kubernetes 1.34). Pure.
 */
import type { Next } from './table.ts';

/** How one watch came out, as the rest client hands it to the reflector. */
export type Outcome =
  | { readonly kind: 'refused' }
  /** A status other than 200, `retryAfter` with or without that header. */
  | { readonly kind: 'status'; readonly code: number; readonly retryAfter: boolean }
  /** Any end of a stream: over HTTP/1.1 a broken one is ErrUnexpectedEOF, which counts as an end. */
  | { readonly kind: 'ended'; readonly events: number; readonly ms: number; readonly errorCode?: number };

/** Sooner than this without an event, an end is a VeryShortWatchError (milliseconds since before the request). */
const VERY_SHORT_MS = 1000;
const TOO_MANY_REQUESTS = 429;

/** Whether the rest client itself sends the request again, before the reflector hears of it. */
export function isRetriedByRestClient(code: number, retryAfter: boolean): boolean {
  return retryAfter && (code === TOO_MANY_REQUESTS || code >= 500);
}

export function nextAfter(outcome: Outcome): Next {
  switch (outcome.kind) {
    case 'refused':
      return 'watch';
    case 'status':
      return outcome.code === TOO_MANY_REQUESTS ? 'watch' : 'list';
    case 'ended':
      if (outcome.errorCode !== undefined) return outcome.errorCode === TOO_MANY_REQUESTS ? 'watch' : 'list';
      return outcome.events === 0 && outcome.ms < VERY_SHORT_MS ? 'list' : 'watch';
  }
}
