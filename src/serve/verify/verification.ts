/**
 * One consistency check (R22): lists the objects of a watch directly from upstream, page by page and at exactly the
 * resourceVersion of a position, and compares them while it reads. Nothing of the list is kept. It reports its outcome
 * exactly once and decides nothing about the stream. asking for a page → reading it → … → over.
 */
import { valuesOf } from '../proxy/headers.ts';
import type { ListRequest } from '../watch/list-request.ts';
import { Comparison, type Compared, type Position } from '../../core/sieve/comparison.ts';
import { ListScan, type ListListener } from '../../core/sieve/list-scan.ts';
import type { SkipReason } from './verification-metrics.ts';
import type { Exchange, ResponseHead, ResponseHandler } from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { listCodecOf } from '../../core/codec/codecs.ts';
import type { FieldsPlan } from '../../core/projection/plan.ts';

/** The result of a check, or the reason why it has none. */
export type Outcome = { readonly compared: Compared } | { readonly skipped: SkipReason };

export interface VerificationOptions {
  readonly send: Upstream['send'];
  readonly request: ListRequest;
  readonly position: Position;
  /** The plan that made the position's fingerprints. */
  readonly plan: FieldsPlan;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Objects per page: the number that client-go's pager uses, so that no answer is larger than usual. */
const PAGE_OBJECTS = 500;

export class Verification {
  readonly #options: VerificationOptions;
  readonly #comparison: Comparison;
  #exchange: Exchange | undefined;
  #isOver = false;

  /** Asks for the first page. No outcome is reported before the constructor has returned. */
  constructor(options: VerificationOptions) {
    this.#options = options;
    this.#comparison = new Comparison(options.position.held);
    const { resourceVersion } = options.position;
    this.#ask(`resourceVersion=${encodeURIComponent(resourceVersion)}&resourceVersionMatch=Exact`);
  }

  /** Ends the check without a result. Has no effect if it is over. */
  skip(reason: SkipReason): void {
    this.#exchange?.abort();
    this.#tell({ skipped: reason });
  }

  #ask(which: string): void {
    const { send, request, plan } = this.#options;
    const { target, headers, codec, resource } = request;
    const onObject: ListListener['onObject'] = ({ key }, fingerprint) =>
      this.#comparison.object(key, fingerprint);
    const onUnclear = (key: string): void => this.#comparison.unclear(key);
    const scan = new ListScan({ codec, resource, plan }, { onObject, onUnclear });
    const handler: ResponseHandler = {
      onResponse: (head) => {
        const reason = reasonAgainst(head, request);
        if (reason !== undefined) this.skip(reason);
      },
      onData: (chunk) => {
        scan.push(chunk);
        return true;
      },
      onEnd: () => this.#page(scan),
      onError: () => this.#tell({ skipped: 'skipped_upstream' }),
    };
    this.#exchange = send(
      { method: 'GET', target: `${target}limit=${PAGE_OBJECTS}&${which}`, headers, body: null },
      handler,
    );
  }

  #page(scan: ListScan): void {
    const meta = scan.finish();
    if (meta === undefined) this.#tell({ skipped: 'skipped_not_understood' });
    // If upstream ignored the requested resourceVersion, the list may have changes that this stream has not received
    // yet.
    else if (meta.resourceVersion !== this.#options.position.resourceVersion)
      this.#tell({ skipped: 'skipped_other_version' });
    // A continue token contains the resourceVersion and cannot be combined with another one (apimachinery
    // pkg/apis/meta/internalversion/validation).
    else if (meta.next !== '') this.#ask(`continue=${encodeURIComponent(meta.next)}`);
    else if (!this.#options.position.isStanding()) this.#tell({ skipped: 'skipped_doubt' });
    else this.#tell({ compared: this.#comparison.finish() });
  }

  #tell(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onOutcome(outcome);
  }
}

function reasonAgainst(
  { statusCode, headers }: ResponseHead,
  { codec, resource }: ListRequest,
): SkipReason | undefined {
  if (statusCode === 401 || statusCode === 403) return 'skipped_forbidden';
  if (statusCode === 410) return 'skipped_gone';
  if (statusCode !== 200) return 'skipped_upstream';
  const isPlain = valuesOf(headers, 'content-encoding').every((coding) => coding === 'identity');
  const isReadable = isPlain && listCodecOf(valuesOf(headers, 'content-type')[0], resource) === codec;
  return isReadable ? undefined : 'skipped_not_understood';
}
