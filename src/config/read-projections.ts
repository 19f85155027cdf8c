/** `projections:` of the config file → projections by name, or every problem with them (R14). Pure. */
import { customProjection, type ProjectionProblem } from '../core/projection/custom-projection.ts';
import { type Projection } from '../core/projection/filter.ts';
import { NODES } from '../core/resource/node.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { isRecord } from '../platform/text/record.ts';

/** By name; undefined for one that is defined wrongly, which is told where it stands. */
export type Projections = ReadonlyMap<string, Projection | undefined>;

/** Where a projection, or one of its paths, stands in the file, for messages; without a name, all of them. */
export type PlaceOf = (name?: string, path?: string) => string;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** @param value as YAML has it */
export function readProjections(
  value: unknown,
  placeOf: PlaceOf,
): { readonly projections: Projections; readonly problems: readonly string[] } {
  const projections = new Map<string, Projection | undefined>();
  if (!isRecord(value))
    return {
      projections,
      problems: [`projections (${placeOf()}) must be a mapping of names to include or exclude`],
    };
  const problems: string[] = [];
  for (const [name, definition] of Object.entries(value)) {
    const read = readOne(name, definition);
    projections.set(name, 'projection' in read ? read.projection : undefined);
    if ('problems' in read)
      for (const { path, message } of read.problems)
        problems.push(`projections.${name} (${placeOf(name, path)}): ${message}`);
  }
  return { projections, problems };
}

function readOne(name: string, definition: unknown): ReturnType<typeof customProjection> {
  if (!NAME.test(name)) return wrong('a name is made of a-z, 0-9 and -, and begins with a letter');
  if (PRESETS.some((preset) => preset === name)) return wrong('is the name of a preset');
  const [by, ...others] = isRecord(definition) ? Object.keys(definition) : [];
  if (!isRecord(definition) || others.length > 0 || (by !== 'include' && by !== 'exclude'))
    return wrong('must hold include or exclude, one of them, with a list of paths');
  const given: unknown = definition[by];
  const paths: readonly unknown[] = Array.isArray(given) ? given : [];
  const texts = paths.filter((path) => typeof path === 'string');
  if (!Array.isArray(given) || texts.length < paths.length) return wrong(`${by} must be a list of paths`);
  return customProjection(NODES, name, { by, paths: texts });
}

function wrong(message: string): { readonly problems: readonly ProjectionProblem[] } {
  return { problems: [{ path: undefined, message }] };
}
