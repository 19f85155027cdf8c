/**
 * What a LIST answers: the newest state, or on `resourceVersionMatch=Exact` that of one resourceVersion, by pages where
 * a limit is given. Other lists come from the real server's cache in one page too.
 */
import { invalidListOptions, resourceVersionTooLarge, resourceVersionTooOld } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { NodeObject } from './node-object.ts';
import { parseSelectors } from './selectors.ts';
import { readInteger, readResourceVersion } from './watch-options.ts';

/** One page of a list. */
export interface NodePage {
  readonly resourceVersion: number;
  readonly nodes: readonly NodeObject[];
  /** The token that asks for the next page; empty where this is the last one. */
  readonly next: string;
}

/** @throws ApiError as the real server answers. */
export function listNodes(cluster: Cluster, query: URLSearchParams): NodePage {
  const matches = parseSelectors(query.get('labelSelector'), query.get('fieldSelector'));
  const limit = readInteger(query, 'limit') ?? 0;
  const { resourceVersion = cluster.resourceVersion, behind } = startOf(query);
  if (resourceVersion > cluster.resourceVersion)
    throw resourceVersionTooLarge(resourceVersion, cluster.resourceVersion);
  const state = cluster.nodesAt(resourceVersion);
  if (state === undefined) throw resourceVersionTooOld(resourceVersion, cluster.oldestResourceVersion);
  const nodes = state.filter((node) => (node.metadata.name ?? '') > behind && matches(node));
  const isWhole = limit === 0 || nodes.length <= limit || !isExact(query);
  if (isWhole) return { resourceVersion, nodes, next: '' };
  const page = nodes.slice(0, limit);
  const token = { rv: resourceVersion, behind: page.at(-1)?.metadata.name ?? '' };
  return { resourceVersion, nodes: page, next: Buffer.from(JSON.stringify(token)).toString('base64url') };
}

/** A continue token is of an exact list, and says so itself. */
function isExact(query: URLSearchParams): boolean {
  return query.get('resourceVersionMatch') === 'Exact' || query.has('continue');
}

interface ListStart {
  /** Undefined: the newest. */
  readonly resourceVersion: number | undefined;
  /** The name of the last Node of the page before; empty for the first page. */
  readonly behind: string;
}

/** apimachinery pkg/apis/meta/internalversion/validation. */
function startOf(query: URLSearchParams): ListStart {
  const token = query.get('continue') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const resourceVersion = readResourceVersion(query);
  if (token !== '') {
    if (match !== '')
      throw invalidListOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      );
    return parseToken(token);
  }
  if (match !== 'Exact') return { resourceVersion: undefined, behind: '' };
  if (resourceVersion === 0)
    throw invalidListOptions(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  return { resourceVersion, behind: '' };
}

function parseToken(token: string): ListStart {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof parsed === 'object' && parsed !== null && 'rv' in parsed && 'behind' in parsed)
      return { resourceVersion: Number(parsed.rv), behind: String(parsed.behind) };
  } catch {
    // Said below.
  }
  throw invalidListOptions('continue: Invalid value: continue key is not valid');
}
