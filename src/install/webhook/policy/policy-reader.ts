/**
 * Lists the LimitRanges and ResourceQuotas of a namespace when a Pod there is to get the sidecar. Answers are not
 * cached: each Pod changes what a quota has left, and an old answer would let the sidecar take what is gone. Pods that
 * come at the same time share one answer that was requested after the last of them had come.
 *
 * Every client of the port can name namespaces, so simultaneous requests, their duration and their size are limited.
 */
import { listAt, textAt } from '../../../platform/text/json-value.ts';
import type { StartTimer } from '../../../platform/timer.ts';
import { UpstreamError } from '../../../platform/upstream/upstream-error.ts';
import { type Api, refusal } from '../../../platform/upstream/api-problem.ts';
import type { Policies } from './objections.ts';
import { isRecord } from '../../../platform/text/record.ts';
import { messageOf } from '../../../platform/text/failure.ts';

export type PolicyAnswer = { readonly policies: Policies } | { readonly unread: string };

export interface PolicyReaderOptions {
  readonly api: Api;
  readonly startTimer: StartTimer;
}

/** The API server waits 3 s for a review, so the webhook gives up earlier to answer in time. */
const DEADLINE_MS = 1000;
/** In namespaces. Few namespaces have Pods with the sidecar, and Pods of one share an answer. */
const MAX_AT_ONCE = 16;
/** The bound of one list. A namespace has one or two of each kind, of some hundred bytes. */
const MAX_LIST_BYTES = 256 * 1024;
const MAX_ITEMS = 100;
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

interface Asking {
  readonly answer: Promise<PolicyAnswer>;
  /** The answer for calls that came after `answer` was requested. */
  next: Promise<PolicyAnswer> | undefined;
}

export class PolicyReader {
  readonly #options: PolicyReaderOptions;
  readonly #asking = new Map<string, Asking>();

  constructor(options: PolicyReaderOptions) {
    this.#options = options;
  }

  /** Resolves within the deadline and never rejects. */
  async read(namespace: string): Promise<PolicyAnswer> {
    if (!NAMESPACE.test(namespace)) return { unread: 'it is in no namespace' };
    const late = Promise.withResolvers<PolicyAnswer>();
    const stopTimer = this.#options.startTimer(DEADLINE_MS, () =>
      late.resolve({ unread: `no answer within ${DEADLINE_MS} ms` }),
    );
    try {
      return await Promise.race([this.#join(namespace), late.promise]);
    } finally {
      stopTimer();
    }
  }

  #join(namespace: string): Promise<PolicyAnswer> {
    const asking = this.#asking.get(namespace);
    if (asking === undefined) return this.#start(namespace);
    asking.next ??= asking.answer.then(() => this.#start(namespace));
    return asking.next;
  }

  #start(namespace: string): Promise<PolicyAnswer> {
    if (this.#asking.size >= MAX_AT_ONCE)
      return Promise.resolve({ unread: 'too many are asked for at once' });
    const asking: Asking = { answer: this.#ask(namespace), next: undefined };
    this.#asking.set(namespace, asking);
    void asking.answer.then(() => {
      if (this.#asking.get(namespace) === asking) this.#asking.delete(namespace);
    });
    return asking.answer;
  }

  async #ask(namespace: string): Promise<PolicyAnswer> {
    try {
      const [limitRanges, quotas] = await Promise.all(
        (['limitranges', 'resourcequotas'] as const).map((resource) => this.#list(namespace, resource)),
      );
      return { policies: { limitRanges: limitRanges ?? [], quotas: quotas ?? [] } };
    } catch (error) {
      return { unread: messageOf(error) };
    }
  }

  async #list(namespace: string, resource: string): Promise<readonly unknown[]> {
    const path = `/api/v1/namespaces/${namespace}/${resource}?limit=${MAX_ITEMS}`;
    const request = { method: 'GET', path, timeoutMs: DEADLINE_MS, maxBytes: MAX_LIST_BYTES } as const;
    // A reset is tried once more: the idle connection may have led to an API server that is gone.
    const answer = await this.#options.api.ask(request).catch((error: unknown) => {
      if (error instanceof UpstreamError && error.code === 'reset') return this.#options.api.ask(request);
      throw error;
    });
    if (answer.status !== 200) throw refusal(`${resource} cannot be listed`, answer);
    const { body } = answer;
    if (!isRecord(body) || (textAt(body, 'metadata', 'continue') ?? '') !== '')
      throw new Error(`the list of ${resource} is not read to its end`);
    return listAt(body, 'items');
  }
}
