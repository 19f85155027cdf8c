/** `projections:` of the config file → projections by name, or every problem with them (R14). Pure. */
import { customProjection } from '../sieve/custom-projection.ts';
import { type Projection } from '../sieve/filter.ts';
import { PRESETS } from '../sieve/presets.ts';

/** By name. */
export type Projections = ReadonlyMap<string, Projection>;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** @param value as YAML has it; @param where its place in the file, for messages */
export function readProjections(
  value: unknown,
  where: string,
): { readonly projections: Projections; readonly problems: readonly string[] } {
  const projections = new Map<string, Projection>();
  if (!isRecord(value))
    return {
      projections,
      problems: [`projections (${where}) must be a mapping of names to include or exclude`],
    };
  const problems: string[] = [];
  for (const [name, definition] of Object.entries(value)) {
    const read = readOne(name, definition);
    if ('projection' in read) projections.set(name, read.projection);
    else problems.push(...read.problems.map((problem) => `projections.${name} (${where}): ${problem}`));
  }
  return { projections, problems };
}

function readOne(name: string, definition: unknown): ReturnType<typeof customProjection> {
  if (!NAME.test(name)) return { problems: ['a name is made of a-z, 0-9 and -, and begins with a letter'] };
  if (PRESETS.some((preset) => preset === name)) return { problems: ['is the name of a preset'] };
  const [by, ...others] = isRecord(definition) ? Object.keys(definition) : [];
  if (!isRecord(definition) || others.length > 0 || (by !== 'include' && by !== 'exclude'))
    return { problems: ['must hold include or exclude, one of them, with a list of paths'] };
  const given: unknown = definition[by];
  const paths: readonly unknown[] = Array.isArray(given) ? given : [];
  const texts = paths.filter((path) => typeof path === 'string');
  if (!Array.isArray(given) || texts.length < paths.length)
    return { problems: [`${by} must be a list of paths`] };
  return customProjection(name, { by, paths: texts });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
