/** Whether a hub is asked, and why not; what came of it where it was. */
import { type Filter } from '../../core/projection/filter.ts';
import { callerCredentials } from '../../core/request/caller-credentials.ts';
import { attributesOf } from '../../core/request/request-attributes.ts';
import { type MetricRegistry } from '../../platform/metric-registry.ts';
import { type UpstreamError, type UpstreamErrorCode } from '../../platform/upstream/upstream-error.ts';
import { type Classified } from '../proxy/classify.ts';
import { type RoutedRequest } from '../proxy/hub-route.ts';

/** Why the API server was asked though there is a hub. */
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

/** What has to be known of the filter. */
export interface FilterNow {
  readonly current: Filter;
  /** Whether a client that names a resourceVersion holds the state at it, as far as the present projection goes. */
  readonly mayAdopt: boolean;
  /** Whether by another address of this program other parts of the same objects count: a client may come from there. */
  readonly isShared: boolean;
}

/** That of what is asked for; undefined where there is none. */
export type FilterNowOf = (classified: Classified) => FilterNow | undefined;

/** Why a hub is not even asked; undefined: it may be. */
export function notForHub(
  { classified, request }: Pick<RoutedRequest, 'classified' | 'request'>,
  filter: FilterNow | undefined,
): DirectReason | undefined {
  if (!classified.kind.startsWith('filtered-') || request.body !== null) return 'not_shared';
  if (filter === undefined) return 'not_shared';
  if (filter.current.mode === 'observe') return 'observe';
  // A client may lack what another projection did not count, and the hub would take it for known.
  if (!filter.mayAdopt) return 'history';
  // So may one that has come from another address, and the hub knows it only by this one.
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

/** @returns counts a request that went by the hub, or why it did not */
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
