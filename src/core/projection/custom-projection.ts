/**
 * Projections that users define by paths of fields (R14), made into plans as the presets are. Like these they always
 * hold the identity fields. What a plan cannot say is a problem, never something near it.
 */
import { type Resource } from '../resource/resource.ts';
import { type MessageField, type MessageType } from '../resource/schema.ts';
import { type FieldsPlan, type Plan, type WherePlan } from './plan.ts';
import { parseFieldPath, type Step } from './field-path.ts';
import { type Projection } from './filter.ts';

/** Either all that counts, or all that does not. */
export interface ProjectionDefinition {
  readonly by: 'include' | 'exclude';
  readonly paths: readonly string[];
}

const IDENTITY: readonly string[] = ['uid', 'deletionTimestamp', 'finalizers', 'ownerReferences'];
/** What is wrong with a definition, and with which of its paths; without one it is the definition itself. */
export interface ProjectionProblem {
  readonly path: string | undefined;
  readonly message: string;
}

/** What paths choose, united: a wider path takes in any narrower one. */
type Choice =
  | 'all'
  | { readonly fields: Choices }
  /** Of each element of a list. */
  | { readonly each: Choices }
  | WherePlan;
type Choices = Map<string, Choice>;

/** The projection, or everything that is wrong with its definition. */
export function customProjection(
  { schema, isOpen }: Pick<Resource, 'schema' | 'isOpen'>,
  name: string,
  { by, paths }: ProjectionDefinition,
): { readonly projection: Projection } | { readonly problems: readonly ProjectionProblem[] } {
  const choices: Choices = new Map();
  const chosen: Chosen[] = [];
  const problems = paths.flatMap((path): ProjectionProblem[] => {
    const steps = parseFieldPath(path);
    if (steps === undefined) return [{ path, message: `"${path}" is no path of fields` }];
    chosen.push({ path, steps });
    return told(
      path,
      forbidden(by, steps) ??
        (isUndeclared(isOpen === true, schema, steps)
          ? unsayable(by, steps)
          : meaningless(schema, by, steps)),
    );
  });
  if (problems.length === 0)
    for (const { path, steps } of chosen.sort(widestFirst))
      problems.push(...told(path, unite(choices, steps)));
  if (paths.length === 0) problems.push({ path: undefined, message: 'names no field' });
  if (problems.length > 0) return { problems };
  const plan = by === 'include' ? withIdentity(only(choices, schema)) : allBut(choices, schema);
  return { projection: { name, key: `${name}=${JSON.stringify(plan)}`, plan } };
}

interface Chosen {
  readonly path: string;
  readonly steps: readonly Step[];
}

/** In whatever order paths are given, they mean the same, and make the same plan. */
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

/** Whether a path leads where no schema says what there is. */
function isUndeclared(isOpen: boolean, schema: MessageType, [first]: readonly Step[]): boolean {
  return isOpen && first !== undefined && fieldOf(schema, first.name) === undefined;
}

/** Why a path that no schema judges chooses nothing that a plan can say. */
function unsayable(by: ProjectionDefinition['by'], steps: readonly Step[]): string | undefined {
  const last = steps.length - 1;
  const at = steps.findIndex(({ of }) => typeof of === 'object');
  if (steps.some(({ key }) => key !== undefined))
    return 'one entry of a map cannot be chosen, only the whole map';
  if (steps[last]?.of !== undefined)
    return 'of the elements of a list fields are chosen, or else the list itself';
  if (at === -1) return undefined;
  if (by === 'exclude') return 'some elements of a list cannot be left out, only fields of all';
  return at === last - 1 ? undefined : 'of such elements, one field is chosen';
}

/** Why a path, taken by itself, chooses nothing that there is, or nothing that a plan can say. */
function meaningless(
  schema: MessageType,
  by: ProjectionDefinition['by'],
  steps: readonly Step[],
): string | undefined {
  let type = schema;
  for (const [i, { name, of, key }] of steps.entries()) {
    const field = fieldOf(type, name);
    const more = steps.slice(i + 1);
    if (field === undefined) return `there is no ${name} here, only ${Object.keys(type).join(', ')}`;
    if (key !== undefined || (field.holds === 'map' && (of !== undefined || more.length > 0)))
      return 'one entry of a map cannot be chosen, only the whole map';
    if (more.length === 0 && of !== undefined)
      return 'of the elements of a list fields are chosen, or else the list itself';
    if (more.length === 0) return undefined;
    if (field.message === undefined) return `${name} has no fields that can be chosen`;
    if ((field.isList === true) !== (of !== undefined))
      return of === undefined
        ? `${name} is a list: write ${name}[*] or, say, ${name}[type=Ready]`
        : `${name} is no list`;
    if (typeof of === 'object')
      return by === 'exclude'
        ? 'some elements of a list cannot be left out, only fields of all'
        : meaninglessOf(name, field.message, of.where, more);
    type = field.message;
  }
  return undefined;
}

/** The same of a path that chooses some elements of a list. */
function meaninglessOf(
  list: string,
  type: MessageType,
  where: string,
  [step, ...more]: readonly Step[],
): string | undefined {
  if (step === undefined || more.length > 0 || step.of !== undefined || step.key !== undefined)
    return 'of such elements, one field is chosen';
  if (fieldOf(type, where)?.holds === 'time')
    return `${where} is a time, and in protobuf no text: elements cannot be chosen by it`;
  for (const field of [where, step.name])
    if (!isText(fieldOf(type, field))) return `there is no text field ${field} in ${list}`;
  return undefined;
}

/** Whether its value is a JSON string. Times are no text in protobuf: they can be compared with each other alone. */
function isText(field: MessageField | undefined): boolean {
  return field !== undefined && !field.isList && (field.holds === 'text' || field.holds === 'time');
}

/** Not what every object of JavaScript has. */
function fieldOf(type: MessageType, name: string): MessageField | undefined {
  return Object.hasOwn(type, name) ? type[name] : undefined;
}

const ONE_CHOICE = 'of one list, one field of one kind of element can be chosen, or fields of all';

/** Adds what a path chooses to what others do. @returns why a plan cannot say both */
function unite(choices: Choices, [step, ...more]: readonly Step[]): string | undefined {
  if (step === undefined) return undefined;
  const { name, of } = step;
  const known = choices.get(name);
  if (known === 'all') return undefined;
  if (more.length === 0) {
    choices.set(name, 'all');
    return undefined;
  }
  if (typeof of === 'object') {
    const wanted: WherePlan = { ...of, first: false, value: more[0]?.name ?? '', as: 'value' };
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(wanted)) return ONE_CHOICE;
    choices.set(name, wanted);
    return undefined;
  }
  if (known !== undefined && 'where' in known) return ONE_CHOICE;
  // What is declared has been compared with its schema: two paths can differ only where nothing is.
  if (known !== undefined && 'each' in known !== (of !== undefined))
    return 'is taken for a list by another path';
  const inside: Choices =
    known === undefined ? new Map<string, Choice>() : 'each' in known ? known.each : known.fields;
  choices.set(name, of === undefined ? { fields: inside } : { each: inside });
  return unite(inside, more);
}

/** What is chosen, and nothing else. */
function only(choices: Choices, type: MessageType): FieldsPlan {
  const chosen = [...choices].map(([name, choice]): [string, Plan] => {
    const field = type[name];
    if (choice === 'all') return [name, whole(field)];
    if ('where' in choice) return [name, choice];
    const message = field?.message ?? {};
    return [name, 'each' in choice ? { each: only(choice.each, message) } : only(choice.fields, message)];
  });
  return { fields: Object.fromEntries(chosen), rest: 'skip' };
}

/** All that is not chosen, maps as maps; of ObjectMeta also without what changes with every event. */
function allBut(choices: Choices, type: MessageType): FieldsPlan {
  const fields: Record<string, Plan> = {};
  for (const [name, field] of Object.entries(type)) {
    const choice = choices.get(name);
    const { message = {} } = field;
    if (choice === 'all' || name === 'resourceVersion') fields[name] = 'skip';
    else if (choice !== undefined && 'each' in choice) fields[name] = { each: allBut(choice.each, message) };
    else if (choice !== undefined && 'fields' in choice) fields[name] = allBut(choice.fields, message);
    else if (whole(field) !== 'whole') fields[name] = whole(field);
  }
  // What nobody has declared is left out as the path says.
  for (const [name, choice] of choices)
    if (!Object.hasOwn(type, name)) fields[name] = withoutUndeclared(choice);
  return { fields, rest: 'whole' };
}

function withoutUndeclared(choice: Choice): Plan {
  if (choice === 'all' || 'where' in choice) return 'skip';
  return 'each' in choice ? { each: allBut(choice.each, {}) } : allBut(choice.fields, {});
}

/** All of one field. */
function whole(field: MessageField | undefined): Plan {
  if (field?.holds === 'map') return 'map';
  const { message = {}, isList } = field ?? {};
  const hasMaps = !isList && Object.values(message).some(({ holds }) => holds === 'map');
  return hasMaps ? allBut(new Map(), message) : 'whole';
}

function withIdentity({ fields, rest }: FieldsPlan): FieldsPlan {
  const { metadata = { fields: {}, rest } } = fields;
  if (typeof metadata !== 'object' || !('fields' in metadata) || metadata.rest === 'whole')
    return { fields, rest };
  const identity = Object.fromEntries(IDENTITY.map((field) => [field, 'whole'] as const));
  return {
    fields: {
      ...fields,
      metadata: { ...metadata, fields: { ...identity, ...metadata.fields, ...identity } },
    },
    rest,
  };
}
