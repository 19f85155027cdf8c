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
import { Line } from './line.ts';
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

/** How long an allowed question is not asked again. */
const TTL_MS = 10_000;
/** Callers times resources of a large cluster; about 200 bytes each. */
export const MAX_GRANTS = 50_000;
/** The most questions at one time. Others wait for their turn, if their callers can wait. */
export const MAX_ASKED = 500;
/** The most of these with credentials that were never allowed anything, so that strangers block nobody. */
export const MAX_ASKED_BY_STRANGERS = 100;
/**
 * How many of strangers are asked at once at least, and at first, until it is known how long the API server takes. Not
 * fewer: an API server whose answers differ by themselves would then answer few callers.
 */
export const LEAST_OF_STRANGERS = 24;
/** The most of these with the same credentials, so that one caller with many questions blocks nobody else. */
export const MAX_ASKED_BY_ONE = 50;
/**
 * The most that wait, of strangers and of others each: more than an API server answers while a sidecar waits. At the
 * limit, and after a wait in vain, requests go to the API server.
 */
export const MAX_WAITING = 2000;

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
  /** Questions that wait until they may be asked. */
  readonly #waiting = new Map<string, Promise<Asked>>();
  readonly #line: Line;
  /** Behind the others: strangers block nobody. */
  readonly #lineOfStrangers: Line;
  /** The number of questions that wait or are under way for each caller that has any. */
  readonly #askedBy = new Map<string, number>();
  /** Credentials for which something was allowed recently. */
  readonly #callers: GrantCache;

  /** @throws Error if `upstream` has credentials of its own */
  constructor(options: GrantsOptions) {
    if (options.upstream.hasOwnCredentials)
      throw new Error('callers must not share connections with our own credentials');
    this.#options = options;
    const { startTimer } = options;
    this.#line = new Line({ least: MAX_ASKED, most: MAX_ASKED, startTimer });
    this.#lineOfStrangers = new Line({
      least: LEAST_OF_STRANGERS,
      most: MAX_ASKED_BY_STRANGERS,
      startTimer,
    });
    this.#cache = new GrantCache({ maxGrants: MAX_GRANTS, ttlMs: TTL_MS });
    this.#callers = new GrantCache({ maxGrants: MAX_GRANTS, ttlMs: Infinity });
    this.#count = options.registry.closedCounter(
      'watchsieve_grants_total',
      'Questions whether a caller may see a resource, by result: cached (allowed a moment ago), shared (an equal question was under way), allowed, refused, unauthorized, unanswered, not_asked (only the API server can identify the caller), busy (too many questions under way, and no turn in time). All but cached, shared and allowed go to the API server.',
      { label: 'result', words: GRANT_RESULTS },
    );
    options.registry.read('watchsieve_grants', 'Kept grants, including expired ones.', () => this.kept);
  }

  /** Includes expired grants. */
  get kept(): number {
    return this.#cache.size;
  }

  /**
   * Never rejects.
   * @param rawHeaders - as they came: flat `[name, value, ...]`
   * @param waitMs - how long the question may wait until it is asked, if there are too many
   */
  async ask(attributes: RequestAttributes, rawHeaders: readonly string[], waitMs = 0): Promise<Grant> {
    const credentials = callerCredentials(requestHeaders(rawHeaders));
    if (credentials === undefined) {
      this.#count('not_asked');
      return 'refused';
    }
    const question = { attributes, credentials };
    const key = grantKey(attributes, credentials);
    return (await (this.#known(key) ?? this.#shareWaiting(key) ?? this.#askInTurn(key, question, waitMs)))
      .grant;
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
    const watch = new WatchGrant(this.#cache.allowedAt(key, begun) ?? begun - TTL_MS, chance);
    let isOver = false;
    const ask = async (): Promise<void> => {
      const { grant, askedAt } = await (this.#known(key) ?? this.#send(key, question, this.#line));
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

  #shareWaiting(key: string): Promise<Asked> | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) this.#count('shared');
    return waiting;
  }

  #askInTurn(key: string, question: Question, waitMs: number): Promise<Asked> {
    const caller = callerKey(question.credentials);
    if ((this.#askedBy.get(caller) ?? 0) >= MAX_ASKED_BY_ONE) return Promise.resolve(this.#busy());
    const isStranger = this.#callers.allowedAt(caller, this.#options.now()) === undefined;
    const line = isStranger ? this.#lineOfStrangers : this.#line;
    if (line.length === 0 && this.#hasRoom(line)) return this.#send(key, question, line);
    if (waitMs === 0 || line.length >= MAX_WAITING) return Promise.resolve(this.#busy());
    this.#asksFor(caller);
    const asked = new Promise<Asked>((resolve) => {
      line.enter(waitMs, (isTurn) => {
        this.#waiting.delete(key);
        this.#answeredTo(caller);
        resolve(isTurn ? (this.#known(key) ?? this.#send(key, question, line)) : this.#busy());
      });
    });
    this.#waiting.set(key, asked);
    return asked;
  }

  #hasRoom(line: Line): boolean {
    return this.#asking.size < MAX_ASKED && line.hasRoom;
  }

  #letIn(): void {
    for (const line of [this.#line, this.#lineOfStrangers])
      while (line.length > 0 && this.#hasRoom(line)) line.next();
  }

  #busy(): Asked {
    this.#count('busy');
    return { grant: 'unanswered', askedAt: this.#options.now() };
  }

  /** Equal questions share the answer until it arrives. */
  #send(key: string, question: Question, line: Line): Promise<Asked> {
    const asked = this.#answerOf(key, question, line).finally(() => {
      this.#asking.delete(key);
      this.#letIn();
    });
    this.#asking.set(key, asked);
    return asked;
  }

  async #answerOf(key: string, question: Question, line: Line): Promise<Asked> {
    const { upstream, now } = this.#options;
    const askedAt = now();
    const caller = callerKey(question.credentials);
    this.#asksFor(caller);
    line.asks();
    // After a 401 the API server closes the connection, so questions of strangers use other connections.
    const result = await review(upstream, question, line === this.#lineOfStrangers ? 'shared' : 'apart');
    line.answered(now() - askedAt);
    this.#answeredTo(caller);
    this.#count(result);
    this.#remember(key, question, result, askedAt);
    return { grant: result === 'unauthorized' ? 'refused' : result, askedAt };
  }

  #asksFor(caller: string): void {
    this.#askedBy.set(caller, (this.#askedBy.get(caller) ?? 0) + 1);
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
