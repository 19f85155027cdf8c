/**
 * Compiles projections that users define by field paths into plans (R14). Like a preset, each projection contains the
 * identity fields. A definition that no plan can express exactly is rejected, never approximated.
 */
import type { Resource } from '../resource/resource.ts';
import { parseFieldPath, type Step } from './field-path.ts';
import type { Projection } from './filter.ts';
import { problemOfSteps, problemOfText } from './path-problems.ts';
import { type Chosen, PlanMaker } from './plan-of-paths.ts';
import { type FieldsPlan, isFieldsPlan, type Plan } from './plan.ts';

/** The paths are either the only fields that count or the only fields that do not. */
export interface ProjectionDefinition {
  readonly by: 'include' | 'exclude';
  readonly paths: readonly string[];
}

const IDENTITY: readonly string[] = ['uid', 'deletionTimestamp', 'finalizers', 'ownerReferences'];
/**
 * The most fields of one object in a plan. A scanner can distinguish 30 fields and adds some itself, such as `name`.
 */
const MOST_FIELDS = 25;

/** A problem of one path, or of the whole definition if `path` is undefined. */
export interface ProjectionProblem {
  readonly path: string | undefined;
  readonly message: string;
}

/** Returns the projection, or all problems of its definition. */
export function customProjection(
  { schema, isOpen }: Pick<Resource, 'schema' | 'isOpen'>,
  name: string,
  { by, paths }: ProjectionDefinition,
): { readonly projection: Projection } | { readonly problems: readonly ProjectionProblem[] } {
  const chosen: Chosen[] = [];
  const problems = paths.flatMap((path): ProjectionProblem[] => {
    const steps = parseFieldPath(path);
    if (steps === undefined) return [{ path, message: problemOfText(schema, path) }];
    chosen.push({ path, steps });
    const isDeclared = isOpen !== true || Object.hasOwn(schema, steps[0]?.name ?? '');
    return told(
      path,
      forbidden(by, steps) ?? (isDeclared ? problemOfSteps(schema, steps) : unsayable(steps)),
    );
  });
  if (paths.length === 0) problems.push({ path: undefined, message: 'names no field' });
  if (problems.length > 0) return { problems };
  const maker = new PlanMaker(schema);
  const sorted = chosen.sort(widestFirst);
  const plan = by === 'include' ? withIdentity(maker.only(schema, sorted)) : maker.allBut(schema, sorted);
  problems.push(...maker.conflicts.flatMap(({ path, message }) => told(path, message)));
  if (mostFieldsOf(plan) > MOST_FIELDS)
    problems.push({ path: undefined, message: `names more than ${MOST_FIELDS} fields of one object` });
  if (problems.length > 0) return { problems };
  return { projection: { name, key: `${name}=${JSON.stringify(plan)}`, plan } };
}

/** A fixed order of the paths, so that the same paths always make the same plan. */
function widestFirst(a: Chosen, b: Chosen): number {
  return a.steps.length - b.steps.length || (a.path < b.path ? -1 : 1);
}

function told(path: string, problem: string | undefined): ProjectionProblem[] {
  return problem === undefined ? [] : [{ path, message: `"${path}": ${problem}` }];
}

function forbidden(by: ProjectionDefinition['by'], steps: readonly Step[]): string | undefined {
  const [first, second] = steps;
  if (first?.name !== 'metadata') return undefined;
  if (by === 'exclude' && second === undefined) return 'holds the identity fields, which always count';
  if (by === 'exclude' && second !== undefined && IDENTITY.includes(second.name))
    return 'is an identity field, which always counts';
  if (by === 'include' && second?.name === 'resourceVersion') return 'changes with every event';
  return undefined;
}

/** For a path into fields without a schema: the reason why no plan can express it, or undefined if a plan can. */
function unsayable(steps: readonly Step[]): string | undefined {
  if (steps.some(({ key }) => key !== undefined))
    return 'one entry of a map cannot be chosen without a schema, only the whole map';
  return steps.at(-1)?.of === 'all' ? 'choose fields of the elements, or the list itself' : undefined;
}

function mostFieldsOf(plan: Plan | 'skip'): number {
  if (typeof plan !== 'object') return 0;
  if ('each' in plan) return mostFieldsOf(plan.each);
  if ('by' in plan)
    return Math.max(...[...plan.kinds.map(({ take }) => take), plan.others].map(mostFieldsOf));
  if (!isFieldsPlan(plan)) return 0;
  const inner = Object.values(plan.fields);
  return Math.max(inner.length, ...inner.map(mostFieldsOf));
}

function withIdentity({ fields, rest }: FieldsPlan): FieldsPlan {
  const { metadata = { fields: {}, rest } } = fields;
  if (!isFieldsPlan(metadata) || metadata.rest === 'whole') return { fields, rest };
  const identity = Object.fromEntries(IDENTITY.map((field) => [field, 'whole'] as const));
  return {
    fields: {
      ...fields,
      metadata: { ...metadata, fields: { ...identity, ...metadata.fields, ...identity } },
    },
    rest,
  };
}
