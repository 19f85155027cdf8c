/**
 * The filters of the program: one for each sieved resource, and for Nodes one more for each preset that clients have in
 * their server path. Each request is assigned one filter. The projection of a filter can change while streams run.
 */
import type { Mode, Projection, SievedResource } from '../../core/projection/filter.ts';
import { nearest } from '../../core/projection/nearest.ts';
import { KNOWN, ofNodes } from '../../core/projection/projections-of.ts';
import { identityOf, type Resource } from '../../core/resource/resource.ts';
import { LiveFilter } from './live-filter.ts';
import type { SwallowRecord } from './swallow-record.ts';

/** The settings that decide which fields count. */
export interface Counting {
  readonly mode: Mode;
  readonly sieved: readonly SievedResource[];
  readonly ownProjections: ReadonlyMap<string, Projection>;
}

export interface FiltersOptions {
  readonly initial: Counting;
  readonly record: SwallowRecord;
  /** See {@link LiveFilterOptions.isHub}. */
  readonly isHub: boolean;
  /** The number of events of a resource that this process has swallowed. */
  readonly swallowed: (resource: Resource) => number;
}

/** The resource of a request and the preset in its path. */
export interface Asked {
  readonly resource: Resource;
  /** Empty if the path has none. */
  readonly preset: string;
}

/** Returns the filter for a request; undefined if there is none and the request passes through. */
export type FilterOf = (asked: Asked) => LiveFilter | undefined;

export class Filters {
  readonly #options: FiltersOptions;
  readonly #filters: ReadonlyMap<Resource, LiveFilter>;
  /** The filters for clients that have a preset in their path, by preset. */
  readonly #ofPresets = new Map<string, LiveFilter>();
  readonly #nodes: LiveFilter;
  #now: Counting;

  constructor(options: FiltersOptions) {
    const { initial } = options;
    this.#options = options;
    this.#now = initial;
    const { mode } = initial;
    const filters = initial.sieved.map(
      ({ resource, projection }) =>
        [resource, this.#filter({ resource, preset: '' }, mode, projection)] as const,
    );
    this.#filters = new Map(filters);
    const [nodes] = filters;
    if (nodes === undefined) throw new Error('Nodes are always sieved');
    [, this.#nodes] = nodes;
  }

  /** The resources that are sieved, Nodes first. */
  get resources(): readonly Resource[] {
    return [...this.#filters.keys()];
  }

  /** The filter of Nodes for clients without a preset in their path. */
  get nodes(): LiveFilter {
    return this.#nodes;
  }

  /** Undefined if the preset was removed from the config file after the request was classified. */
  of({ resource, preset }: Asked): LiveFilter | undefined {
    const filter = this.#filters.get(resource);
    if (preset === '' || filter !== this.#nodes) return filter;
    const known = this.#ofPresets.get(preset);
    if (known !== undefined) return known;
    const projection = ofNodes(preset, this.#now.ownProjections);
    if (projection === undefined) return undefined;
    const made = this.#filter({ resource, preset }, this.#now.mode, projection);
    this.#ofPresets.set(preset, made);
    return made;
  }

  /** True if clients may have this name in their path. */
  has(name: string): boolean {
    return KNOWN.includes(name) || this.#now.ownProjections.has(name);
  }

  /** The valid name that was most likely meant. */
  nearest(unknown: string): string | undefined {
    return nearest(unknown, [...KNOWN, ...this.#now.ownProjections.keys()]);
  }

  /**
   * Applies new settings. Resources that were not sieved at the start are ignored.
   * @returns whether a filter changed
   */
  change(next: Counting): boolean {
    this.#now = next;
    const { mode } = next;
    const projections = new Map(
      next.sieved.map(({ resource, projection }) => [identityOf(resource), projection]),
    );
    const changed = [
      ...[...this.#filters].map(([resource, filter]) =>
        changeOne(filter, mode, projections.get(identityOf(resource))),
      ),
      ...[...this.#ofPresets].map(([preset, filter]) =>
        changeOne(filter, mode, ofNodes(preset, next.ownProjections)),
      ),
    ];
    return changed.includes(true);
  }

  #filter(from: Asked, mode: Mode, projection: Projection): LiveFilter {
    const { record, isHub, swallowed } = this.#options;
    return new LiveFilter({
      initial: { mode, projection },
      from,
      swallowed: () => swallowed(from.resource),
      ...{ record, isHub },
    });
  }
}

/** @param projection if undefined, because the settings no longer name one, the former projection stays */
function changeOne(filter: LiveFilter, mode: Mode, projection = filter.current.projection): boolean {
  const former = filter.current;
  // The same projection, compiled again, is no change.
  const isSame = projection.key === former.projection.key;
  if (isSame && mode === former.mode) return false;
  filter.change({ mode, projection: isSame ? former.projection : projection });
  return true;
}
