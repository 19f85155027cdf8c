/**
 * Decides whether a caller may get what it asks for from memory (I10). The API server is asked with the caller's own
 * credentials, and its answer is kept for some seconds. Equal questions share one request. If it is not known that the
 * caller is allowed, the request itself goes to the API server.
 */
import { callerKey, GrantCache, grantKey } from '../../core/grant/grant-cache.ts';
import { type Grant, WatchGrant } from '../../core/grant/watch-grant.ts';
import { callerCredentials } from '../../core/request/caller-credentials.ts';
import type { RequestAttributes } from '../../core/request/request-attributes.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import type { StartTimer } from '../../platform/timer.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { requestHeaders } from '../proxy/headers.ts';
import { type Question, review, type ReviewResult } from './review.ts';

export interface GrantsOptions {
  /**
   * Must have no credentials of its own: neither questions nor requests of callers may use connections with the
   * program's own credentials.
   */
  readonly upstream: Pick<Upstream, 'send' | 'hasOwnCredentials'>;
  readonly registry: MetricRegistry;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly startTimer: StartTimer;
  /** How long an allowed question is not asked again (milliseconds). */
  readonly ttlMs?: number;
}

/**
 * The results of asking for a grant. `cached`: allowed a moment ago. `shared`: an equal question was under way.
 * `not_asked`: the request cannot be expressed as a question. `busy`: too many questions were under way.
 */
export const GRANT_RESULTS = [
  'cached',
  'shared',
  'allowed',
  'refused',
  'unauthorized',
  'unanswered',
  'not_asked',
  'busy',
] as const;
type GrantResult = (typeof GRANT_RESULTS)[number];

const TTL_MS = 10_000;
/** Callers times resources of a large cluster; about 200 bytes each. */
export const MAX_GRANTS = 50_000;
/** The most questions at one time. At the limit, requests go to the API server, which has to answer either way. */
export const MAX_ASKED = 500;
/** The most of these with credentials that were never allowed anything, so that strangers block nobody. */
export const MAX_ASKED_BY_STRANGERS = 100;
/** The most of these with the same credentials, so that one caller with many questions blocks nobody else. */
export const MAX_ASKED_BY_ONE = 50;

interface Asked {
  readonly grant: Grant;
  /** The question was sent at this time or earlier. */
  readonly askedAt: number;
}

export class Grants {
  readonly #options: GrantsOptions;
  readonly #cache: GrantCache;
  readonly #count: (result: GrantResult) => void;
  readonly #asking = new Map<string, Promise<Asked>>();
  #strangers = 0;
  /** The number of questions under way for each caller that has any. */
  readonly #askedBy = new Map<string, number>();
  /** Credentials for which something was allowed recently. */
  readonly #callers: GrantCache;
  readonly #ttlMs: number;

  /** @throws Error if `upstream` has credentials of its own */
  constructor(options: GrantsOptions) {
    if (options.upstream.hasOwnCredentials)
      throw new Error('callers must not share connections with our own credentials');
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? TTL_MS;
    this.#cache = new GrantCache({ maxGrants: MAX_GRANTS, ttlMs: this.#ttlMs });
    this.#callers = new GrantCache({ maxGrants: MAX_GRANTS, ttlMs: Infinity });
    this.#count = options.registry.closedCounter(
      'watchsieve_grants_total',
      'Questions whether a caller may see a resource, by result: cached (allowed a moment ago), shared (an equal question was under way), allowed, refused, unauthorized, unanswered, not_asked (only the API server can identify the caller), busy (too many questions under way). All but cached, shared and allowed go to the API server.',
      { label: 'result', words: GRANT_RESULTS },
    );
    options.registry.read('watchsieve_grants', 'Kept grants, including expired ones.', () => this.kept);
  }

  /** Includes expired grants. */
  get kept(): number {
    return this.#cache.size;
  }

  /** Never rejects. @param rawHeaders - as they came: flat `[name, value, ...]` */
  async ask(attributes: RequestAttributes, rawHeaders: readonly string[]): Promise<Grant> {
    const credentials = callerCredentials(requestHeaders(rawHeaders));
    if (credentials === undefined) {
      this.#count('not_asked');
      return 'refused';
    }
    const question = { attributes, credentials };
    const key = grantKey(attributes, credentials);
    return (await (this.#known(key) ?? this.#askWithin(key, question))).grant;
  }

  /**
   * Asks again and again whether an allowed watch may continue (I10).
   * @param end - called once if it may not
   * @returns a function to be called when the watch is over
   */
  keepAsking(
    attributes: RequestAttributes,
    rawHeaders: readonly string[],
    end: (why: 'refused' | 'unanswered') => void,
  ): () => void {
    const credentials = callerCredentials(requestHeaders(rawHeaders));
    const { now, chance, startTimer } = this.#options;
    if (credentials === undefined) {
      end('refused');
      return () => undefined;
    }
    const question = { attributes, credentials };
    const key = grantKey(attributes, credentials);
    const begun = now();
    const watch = new WatchGrant(this.#cache.allowedAt(key, begun) ?? begun - this.#ttlMs, chance);
    let isOver = false;
    const ask = async (): Promise<void> => {
      const { grant, askedAt } = await (this.#known(key) ?? this.#send(key, question, false));
      if (isOver) return;
      const next = watch.answered(grant, askedAt, now());
      if (next.kind === 'ask') stop = startTimer(next.inMs, () => void ask());
      else end(next.why);
    };
    let stop = startTimer(watch.firstInMs, () => void ask());
    return () => {
      isOver = true;
      stop();
    };
  }

  /** The recent answer to this question, or the one that is under way. */
  #known(key: string): Promise<Asked> | undefined {
    const askedAt = this.#cache.allowedAt(key, this.#options.now());
    if (askedAt !== undefined) {
      this.#count('cached');
      return Promise.resolve({ grant: 'allowed', askedAt });
    }
    const underWay = this.#asking.get(key);
    if (underWay !== undefined) this.#count('shared');
    return underWay;
  }

  #askWithin(key: string, question: Question): Promise<Asked> {
    const { now } = this.#options;
    const caller = callerKey(question.credentials);
    const isStranger = this.#callers.allowedAt(caller, now()) === undefined;
    const isBusy =
      this.#asking.size >= MAX_ASKED ||
      (this.#askedBy.get(caller) ?? 0) >= MAX_ASKED_BY_ONE ||
      (isStranger && this.#strangers >= MAX_ASKED_BY_STRANGERS);
    if (isBusy) {
      this.#count('busy');
      return Promise.resolve({ grant: 'unanswered', askedAt: now() });
    }
    return this.#send(key, question, isStranger);
  }

  /** Equal questions share the answer until it arrives. */
  #send(key: string, question: Question, isStranger: boolean): Promise<Asked> {
    const asked = this.#answerOf(key, question, isStranger).finally(() => {
      this.#asking.delete(key);
    });
    this.#asking.set(key, asked);
    return asked;
  }

  async #answerOf(key: string, question: Question, isStranger: boolean): Promise<Asked> {
    const { upstream, now } = this.#options;
    const askedAt = now();
    const caller = callerKey(question.credentials);
    this.#askedBy.set(caller, (this.#askedBy.get(caller) ?? 0) + 1);
    if (isStranger) this.#strangers += 1;
    // After a 401 the API server closes the connection, so questions of strangers use other connections.
    const result = await review(upstream, question, isStranger ? 'shared' : 'apart');
    if (isStranger) this.#strangers -= 1;
    this.#answeredTo(caller);
    this.#count(result);
    this.#remember(key, question, result, askedAt);
    return { grant: result === 'unauthorized' ? 'refused' : result, askedAt };
  }

  #answeredTo(caller: string): void {
    const left = (this.#askedBy.get(caller) ?? 1) - 1;
    if (left > 0) this.#askedBy.set(caller, left);
    else this.#askedBy.delete(caller);
  }

  #remember(key: string, question: Question, result: ReviewResult, askedAt: number): void {
    if (result === 'allowed') {
      this.#cache.allow(key, askedAt);
      // A request without credentials makes the API server close its connection, like a 401.
      if (question.credentials.length > 0) this.#callers.allow(callerKey(question.credentials), askedAt);
    } else if (result !== 'unanswered') {
      this.#cache.forget(key);
      if (result === 'unauthorized') this.#callers.forget(callerKey(question.credentials));
    }
  }
}
