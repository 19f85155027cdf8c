/** Decides whether a hub is asked, and names the result or the reason why not. */
import type { Filter } from '../../core/projection/filter.ts';
import { callerCredentials } from '../../core/request/caller-credentials.ts';
import { attributesOf } from '../../core/request/request-attributes.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import type { UpstreamError, UpstreamErrorCode } from '../../platform/upstream/upstream-error.ts';
import type { Classified } from '../proxy/classify.ts';
import type { RoutedRequest } from '../proxy/hub-route.ts';

/** Reasons why the API server was asked although a hub is set. */
export const DIRECT_REASONS = [
  'not_shared',
  'doubt',
  'observe',
  'history',
  'resting',
  'declined',
  'projection',
  'status',
  'unavailable',
  'refused',
  'unreachable',
  'timeout',
  'tls',
  'broken',
] as const;
export type DirectReason = (typeof DIRECT_REASONS)[number];
/** `shared`: a hub answered. */
export type Selected = DirectReason | 'shared';
export const SELECTED_TARGETS = ['hub', 'api_server'] as const;

/** The properties of a filter that this decision needs. */
export interface FilterNow {
  readonly current: Filter;
  /** True if a client that names a resourceVersion holds the state at it, as far as the current projection goes. */
  readonly mayAdopt: boolean;
  /**
   * True if another address of this program compares other parts of the same objects: a client may have used that
   * address before.
   */
  readonly isShared: boolean;
}

/** The filter for a request; undefined if there is none. */
export type FilterNowOf = (classified: Classified) => FilterNow | undefined;

/** The reason why a hub is not asked; undefined if it may be. */
export function notForHub(
  { classified, request }: Pick<RoutedRequest, 'classified' | 'request'>,
  filter: FilterNow | undefined,
): DirectReason | undefined {
  if (!classified.kind.startsWith('filtered-') || request.body !== null) return 'not_shared';
  if (filter === undefined) return 'not_shared';
  if (filter.current.mode === 'observe') return 'observe';
  // The client may lack changes that the old projection ignored, and the hub would assume that it has them.
  if (!filter.mayAdopt) return 'history';
  // The same holds for a client that used another address before, because the hub knows only this one.
  if (filter.isShared) return 'history';
  const isPlain =
    callerCredentials(request.headers) !== undefined &&
    attributesOf(request.method, request.target) !== undefined;
  return isPlain ? undefined : 'doubt';
}

const BY_CODE: Readonly<Partial<Record<UpstreamErrorCode, DirectReason>>> = {
  dns: 'unreachable',
  unreachable: 'unreachable',
  refused: 'refused',
  timeout: 'timeout',
  tls: 'tls',
  ca: 'tls',
};

export function reasonOf({ code }: UpstreamError): DirectReason {
  return BY_CODE[code] ?? 'broken';
}

/** @returns a function that counts a request by its result */
export function selectionMetric(registry: MetricRegistry): (selected: Selected) => void {
  const count = registry.counterBy(
    'watchsieve_upstream_selected_total',
    'If hubs are set: requests by the server that answered, the hub (shared) or the API server, and the reason why the hub did not answer.',
    ['target', 'reason'],
  );
  const labels = (reason: Selected) =>
    ({ target: reason === 'shared' ? 'hub' : 'api_server', reason }) as const;
  for (const reason of ['shared', ...DIRECT_REASONS] as const) count(labels(reason), 0);
  return (selected) => count(labels(selected));
}
