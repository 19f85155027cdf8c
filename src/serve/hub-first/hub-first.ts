/**
 * Asks a hub first for what it may have in memory: filtered LISTs and watches, under the projection of this process.
 * All other requests go to the API server, and so do those for which the hub has no suitable answer. A hub that fails
 * rests for a while; watches that were opened at the API server meanwhile stay there until they end.
 */
import { PROJECTION_HEADER, projectionDigest } from '../../core/projection/projection-digest.ts';
import { without } from '../../core/request/fields.ts';
import { withoutFrontProxy } from '../../core/request/caller-credentials.ts';
import type { Circuit } from '../../core/hub/circuit.ts';
import { HubChoice } from '../../core/hub/hub-choice.ts';
import type { Logger } from '../../platform/logger.ts';
import type { StartTimer } from '../../platform/timer.ts';
import type { Exchange, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import type { RoutedRequest } from '../proxy/hub-route.ts';
import { valuesOf } from '../proxy/headers.ts';
import { HubExchange } from './hub-exchange.ts';
import { SelectedTally } from './selected.ts';
import {
  type DirectReason,
  type FilterNow,
  type FilterNowOf,
  notForHub,
  type Selected,
} from './selection.ts';

export interface HubFirstOptions {
  /** At least one. */
  readonly hubs: readonly Upstream[];
  readonly filterOf: FilterNowOf;
  readonly onSelected: (selected: Selected) => void;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly startTimer: StartTimer;
}

export class HubFirst {
  readonly #options: HubFirstOptions;
  readonly #choice: HubChoice<Upstream>;
  /** The watches that the hub answers. */
  readonly #watches = new Set<HubExchange>();
  readonly #tally = new SelectedTally();
  #watchesEver = 0;

  constructor(options: HubFirstOptions) {
    this.#options = options;
    this.#choice = new HubChoice(options.hubs, options.chance);
  }

  /** For /debug/hub. */
  get description() {
    const hubs = this.#options.hubs.map(({ target }) => target.origin);
    return { hubs, watches: this.watches, ...this.#tally.description };
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** The number of watches that a hub has ever answered. In each, it may have swallowed events. */
  get watchesEver(): number {
    return this.#watchesEver;
  }

  readonly route = (routed: RoutedRequest): Exchange => {
    const { filterOf, now } = this.#options;
    const filter = filterOf(routed.classified);
    const reason = notForHub(routed, filter);
    const chosen = reason === undefined ? this.#choice.enter(now()) : undefined;
    if (chosen === undefined || filter === undefined) {
      this.#selected(reason ?? 'resting');
      return routed.direct();
    }
    return this.#ask(routed, chosen, filter);
  };

  /**
   * Ends the watches that a hub would continue to filter by the old projection. Their clients watch again under the new
   * one.
   */
  filterChanged(): void {
    for (const exchange of this.#watches) exchange.cut();
  }

  async close(): Promise<void> {
    await Promise.all(this.#options.hubs.map((hub) => hub.close()));
  }

  #ask(
    { classified, request, handler, direct }: RoutedRequest,
    [hub, circuit]: readonly [Upstream, Circuit],
    filter: FilterNow,
  ): Exchange {
    const { now, startTimer } = this.#options;
    const begun = filter.current;
    const digest = projectionDigest(begun.projection);
    const isList = classified.kind === 'filtered-list';
    const headers = withoutProjection(withoutFrontProxy(request.headers));
    headers.push(PROJECTION_HEADER, digest);
    return new HubExchange({
      ask: (answer) => hub.send({ ...request, headers }, answer),
      ...{ direct, handler, isList, startTimer },
      // An answer made under an old filter is not used.
      judge: (head) => (filter.current === begun ? judge(head, digest) : 'projection'),
      headOf: (head) => ({ ...head, headers: withoutProjection(head.headers) }),
      events: {
        onHub: (exchange) => {
          this.#selected('shared');
          this.#answered(hub, circuit);
          if (isList) return;
          this.#watchesEver += 1;
          this.#watches.add(exchange);
        },
        onDirect: (reason, error) => {
          this.#selected(reason);
          if (isTrouble(reason, error)) this.#failed(hub, circuit, reason);
          // One answer that is not suitable says nothing about the next request, as long as the hub answers.
          else if (error === undefined) this.#answered(hub, circuit);
          else circuit.abandoned(now());
        },
        onAbandoned: () => circuit.abandoned(now()),
        onOver: (exchange, error) => {
          this.#watches.delete(exchange);
          if (error?.isOutage !== true) return;
          this.#tally.broke();
          this.#failed(hub, circuit, 'broken');
        },
      },
    });
  }

  #selected(selected: Selected): void {
    this.#tally.count(selected);
    this.#options.onSelected(selected);
  }

  #answered({ target }: Upstream, circuit: Circuit): void {
    if (!circuit.isClosed) this.#options.log.info({ hub: target.origin }, 'the hub answers again');
    circuit.answered();
  }

  #failed({ target }: Upstream, circuit: Circuit, cause: string): void {
    if (circuit.isClosed)
      this.#options.log.warn({ hub: target.origin, cause }, 'the hub fails, the API server is asked instead');
    circuit.failed(this.#options.now());
  }
}

/**
 * Only an answer that names its projection can be used: another server may have left out events that this process's
 * client must see.
 */
function judge({ statusCode, headers }: ResponseHead, digest: string): DirectReason | undefined {
  if (statusCode === 421) return 'declined';
  if (statusCode === 429 || statusCode >= 500) return 'unavailable';
  if (statusCode !== 200) return 'status';
  const said = valuesOf(headers, PROJECTION_HEADER);
  return said.length === 1 && said[0] === digest ? undefined : 'projection';
}

function isTrouble(reason: DirectReason, error: UpstreamError | undefined): boolean {
  return error === undefined ? reason === 'unavailable' : error.isOutage;
}

function withoutProjection(headers: readonly string[]): string[] {
  return without(headers, (name) => name === PROJECTION_HEADER);
}
