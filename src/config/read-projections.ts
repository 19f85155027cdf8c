/** `projections:` of the config file → definitions by name, and problems of their syntax (R14). Pure. */
import type { ProjectionDefinition } from '../core/projection/custom-projection.ts';
import { RESERVED } from '../core/projection/projections-of.ts';
import { isRecord } from '../platform/text/record.ts';

/**
 * The place of a projection, or of one of its paths, in the file, for messages. Without a name: the place of all
 * projections.
 */
export type PlaceOf = (name?: string, path?: string) => string;

export interface NamedDefinition {
  /** Undefined if the syntax is wrong, which was reported. */
  readonly definition: ProjectionDefinition | undefined;
  /** The name for messages, with the place of the projection or of one of its paths. */
  readonly told: (path?: string) => string;
}

export type Definitions = ReadonlyMap<string, NamedDefinition>;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** @param value as parsed from YAML */
export function readProjections(
  value: unknown,
  placeOf: PlaceOf,
): { readonly definitions: Definitions; readonly problems: readonly string[] } {
  const definitions = new Map<string, NamedDefinition>();
  if (!isRecord(value))
    return {
      definitions,
      problems: [`projections (${placeOf()}) must be a mapping of names to include or exclude`],
    };
  const problems: string[] = [];
  for (const [name, written] of Object.entries(value)) {
    const told = (path?: string): string => `projections.${name} (${placeOf(name, path)})`;
    const problem = RESERVED.includes(name) ? 'is the name of a preset' : undefined;
    const read = NAME.test(name) ? (problem ?? readDefinition(written)) : MALFORMED_NAME;
    const definition = typeof read === 'string' ? undefined : read;
    if (typeof read === 'string') problems.push(`${told()}: ${read}`);
    definitions.set(name, { definition, told });
  }
  return { definitions, problems };
}

const MALFORMED_NAME = 'a name is made of a-z, 0-9 and -, and begins with a letter';

/** @returns the problem of the syntax, as text, if there is one */
export function readDefinition(written: unknown): ProjectionDefinition | string {
  const [by, ...others] = isRecord(written) ? Object.keys(written) : [];
  if (!isRecord(written) || others.length > 0 || (by !== 'include' && by !== 'exclude'))
    return 'must hold include or exclude, one of them, with a list of paths';
  const given: unknown = written[by];
  const paths: readonly unknown[] = Array.isArray(given) ? given : [];
  const texts = paths.filter((path) => typeof path === 'string');
  if (!Array.isArray(given) || texts.length < paths.length) return `${by} must be a list of paths`;
  return { by, paths: texts };
}
