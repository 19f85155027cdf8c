/**
 * `resources` → the named resources, each with what is said about it, from text or from the mapping in the config file.
 * Pure.
 */
import type { ProjectionDefinition } from '../core/projection/custom-projection.ts';
import { type Kind, list } from './kinds.ts';
import { isRecord } from '../platform/text/record.ts';
import { type PlaceOf, readDefinition } from './read-projections.ts';

/** The most resources that are sieved besides Nodes. Each has its own counters and filter (I6). */
export const MAX_RESOURCES = 20;

export interface ResourceEntry {
  /** The name as the user wrote it. */
  readonly name: string;
  /** The name of a projection, or a definition; undefined if none is given. */
  readonly projection: string | ProjectionDefinition | undefined;
  /** The name for messages, with the place of the entry or of one of its paths. */
  readonly told: (path?: string) => string;
}

const ENTRY = /^(?<name>[^=\s]+)(?:=(?<projection>[a-z][a-z0-9-]{0,62}))?$/;

const ENTRIES = list(
  'resource[=projection],...',
  'resources, each with the name of a projection, as pods=calm,leases.coordination.k8s.io',
  MAX_RESOURCES,
  (part) => (ENTRY.test(part) ? part : undefined),
);

/** The form in flags and variables, which can name projections but not define them. */
export const resourceList: Kind<readonly string[]> = {
  ...ENTRIES,
  schema: {
    anyOf: [
      { type: 'string' },
      {
        type: 'object',
        maxProperties: MAX_RESOURCES,
        additionalProperties: {
          anyOf: [
            { type: ['string', 'null'] },
            {
              type: 'object',
              properties: {
                include: { $ref: '#/definitions/paths' },
                exclude: { $ref: '#/definitions/paths' },
              },
              additionalProperties: false,
              maxProperties: 1,
            },
          ],
        },
      },
    ],
  },
};

/** @param source as the user wrote it */
export function entriesOfText(given: string, source: string): readonly ResourceEntry[] {
  return (ENTRIES.parse(given) ?? []).map((part) => {
    const { name = '', projection } = ENTRY.exec(part)?.groups ?? {};
    return { name, projection, told: () => `${source}: ${name}` };
  });
}

/** @param value as parsed from YAML */
export function readResources(
  value: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
): { readonly entries: readonly ResourceEntry[]; readonly problems: readonly string[] } {
  const entries: ResourceEntry[] = [];
  const problems: string[] = [];
  const written = Object.entries(value);
  if (written.length > MAX_RESOURCES)
    return {
      entries,
      problems: [`resources (${placeOf()}) are ${written.length}, at most ${MAX_RESOURCES} may be`],
    };
  for (const [name, of] of written) {
    const told = (path?: string): string => `resources.${name} (${placeOf(name, path)})`;
    const isNothing = of === null || (isRecord(of) && Object.keys(of).length === 0);
    const read = typeof of === 'string' || isNothing ? undefined : readDefinition(of);
    if (typeof read === 'string') problems.push(`${told()}: ${read}, or be the name of a projection`);
    else entries.push({ name, projection: typeof of === 'string' ? of : read, told });
  }
  return { entries, problems };
}
