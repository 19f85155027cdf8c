/**
 * The projections under which events may have been swallowed from clients that still run. A client may outlive this
 * process and return with a resourceVersion at which it lacks fields that another projection did not compare. Therefore
 * the record outlives the process too, in the state directory, beside the clients' kubeconfig.
 */
import type { Projection } from '../../core/projection/filter.ts';
import { projectionDigest } from '../../core/projection/projection-digest.ts';
import { NODES } from '../../core/resource/node.ts';
import { apiVersionOf, nameOf, type Resource } from '../../core/resource/resource.ts';

/** The most recorded projections. Once the record is full, clients of any other projection count as unknown. */
export const MAX_PROJECTIONS = 256;

/** The line of a record whose former content is unknown. No other line has this text. */
const UNKNOWN = 'unknown';

/** The resource and the clients whose events are swallowed. */
export interface SwallowedFrom {
  readonly resource: Resource;
  /** The preset in the server path of these clients; empty for clients without one. */
  readonly preset: string;
}

export class SwallowRecord {
  /** One line for each pair of clients and projection. */
  readonly #lines: Set<string>;
  readonly #save: (lines: readonly string[]) => void;

  /** @param known the lines that a former process saved; undefined if they are unknown */
  constructor(
    known: Iterable<string> | undefined,
    save: (lines: readonly string[]) => void = () => undefined,
  ) {
    this.#lines = new Set(known ?? [UNKNOWN]);
    this.#save = save;
  }

  /** True if events of these clients were, or may have been, swallowed under another projection. */
  hasOtherThan(from: SwallowedFrom, projection: Projection): boolean {
    const own = lineOf(from, projection);
    if (this.#lines.has(UNKNOWN)) return true;
    if (this.#lines.size >= MAX_PROJECTIONS && !this.#lines.has(own)) return true;
    const whose = nameOfClients(from);
    return this.#lines.values().some((line) => line !== own && whoseIs(line) === whose);
  }

  /** True if events were swallowed from other clients of the resource. Such a client may have changed its path. */
  hasOtherClients(from: SwallowedFrom): boolean {
    const whose = nameOfClients(from);
    const [resource] = whose.split('/', 1);
    return this.#lines.values().some((line) => {
      const other = whoseIs(line);
      return other !== whose && other.split('/', 1)[0] === resource;
    });
  }

  /** Adds and saves a projection before events are swallowed under it. @returns false if it was recorded already */
  add(from: SwallowedFrom, projection: Projection): boolean {
    const line = lineOf(from, projection);
    if (this.#lines.has(line) || this.#lines.size >= MAX_PROJECTIONS) return false;
    this.#lines.add(line);
    this.#save([...this.#lines]);
    return true;
  }

  /** Removes a projection under which nothing was swallowed after all. */
  remove(from: SwallowedFrom, projection: Projection): void {
    if (this.#lines.delete(lineOf(from, projection))) this.#save([...this.#lines]);
  }
}

/** Lines for Nodes and clients without a preset have no prefix, as in releases that sieved nothing else. */
function whoseIs(line: string): string {
  const space = line.indexOf(' ');
  return space === -1 ? NODES_OF_ALL : line.slice(0, space);
}

/** The slash is unambiguous, because no name of a resource contains one. */
function nameOfClients({ resource, preset }: SwallowedFrom): string {
  return `${nameOf(resource)}/${preset}`;
}

const NODES_OF_ALL = nameOfClients({ resource: NODES, preset: '' });

function lineOf(from: SwallowedFrom, projection: Projection): string {
  const whose = nameOfClients(from);
  if (whose === NODES_OF_ALL) return projectionDigest(projection);
  const key = JSON.stringify([apiVersionOf(from.resource), projection.key]);
  return `${whose} ${projectionDigest({ key, plan: projection.plan })}`;
}
