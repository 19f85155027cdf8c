/**
 * Whether a caller may have from memory what it asks for (I10): the API server's answer, asked for with the caller's own
 * credentials and kept for some seconds. Equal questions share one request. Whatever is not known to be allowed is for
 * the API server to answer.
 */
import { callerKey, GrantCache, grantKey } from '../../core/grant/grant-cache.ts';
import { type Grant, WatchGrant } from '../../core/grant/watch-grant.ts';
import { callerCredentials } from '../../core/request/caller-credentials.ts';
import { type RequestAttributes } from '../../core/request/request-attributes.ts';
import { type MetricRegistry } from '../../platform/metric-registry.ts';
import { type StartTimer } from '../../platform/timer.ts';
import { type Upstream } from '../../platform/upstream/upstream.ts';
import { requestHeaders } from '../proxy/headers.ts';
import { type Question, review, type ReviewResult } from './review.ts';

export interface GrantsOptions {
  /** Without credentials of its own: no question, and no caller's request, goes where ours are. */
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
 * What became of a request for a grant. `cached`: allowed a moment ago. `shared`: an equal question was under way.
 * `not_asked`: it cannot be put as a question. `busy`: too many were under way.
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
/** Callers times resources of a large cluster; some 200 bytes each. */
export const MAX_GRANTS = 50_000;
/** Questions under way at one time; whoever comes then goes to the API server, which would have to answer both. */
export const MAX_ASKED = 500;
/** Of those, the ones of credentials that were never allowed anything: strangers keep nobody from asking. */
export const MAX_ASKED_BY_STRANGERS = 100;
/** Of those, the ones of the same credentials: one caller with many questions keeps nobody else from asking. */
export const MAX_ASKED_BY_ONE = 50;

interface Asked {
  readonly grant: Grant;
  /** When the question left, at the latest. */
  readonly askedAt: number;
}

export class Grants {
  readonly #options: GrantsOptions;
  readonly #cache: GrantCache;
  readonly #count: (result: GrantResult) => void;
  readonly #asking = new Map<string, Promise<Asked>>();
  #strangers = 0;
  /** Questions under way of each caller that has any. */
  readonly #askedBy = new Map<string, number>();
  /** Credentials that were allowed something: the most recent of them. */
  readonly #callers: GrantCache;
  readonly #ttlMs: number;

  /** @throws Error where `upstream` has credentials of its own */
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

  /** Those that have run out included. */
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
   * A watch that was allowed goes on, and is asked about again and again (I10).
   *
   * @param end - called once, where it must not go on
   * @returns to be called when the watch is over
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

  /** What was answered a moment ago, or will be. */
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

  /** Equal questions that come before the answer share it. */
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
    // A 401 makes the API server give the connection up: strangers have others.
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
      // One without any makes the API server give its connection up, as a 401 does.
      if (question.credentials.length > 0) this.#callers.allow(callerKey(question.credentials), askedAt);
    } else if (result !== 'unanswered') {
      this.#cache.forget(key);
      if (result === 'unauthorized') this.#callers.forget(callerKey(question.credentials));
    }
  }
}
