/**
 * Projections that users define by paths of fields (R14), made into plans as the presets are. Like these they always
 * hold the identity fields. What a plan cannot say is a problem, never something near it.
 */
import { type MessageField, type MessageType, NODE } from '../wire/node-schema.ts';
import { type FieldsPlan, type Plan, type WherePlan } from '../wire/plan.ts';
import { parseFieldPath, type Step } from './field-path.ts';
import { type Projection } from './filter.ts';

/** Either all that counts, or all that does not. */
export interface ProjectionDefinition {
  readonly by: 'include' | 'exclude';
  readonly paths: readonly string[];
}

const IDENTITY: readonly string[] = ['uid', 'deletionTimestamp', 'finalizers', 'ownerReferences'];
/** Maps with free keys: the order of their entries says nothing. */
const MAPS: ReadonlySet<string> = new Set(['labels', 'annotations', 'capacity', 'allocatable']);
const LISTS: ReadonlySet<string> = new Set([
  'ownerReferences',
  'taints',
  'conditions',
  'addresses',
  'images',
]);

/** A plan under construction. */
interface Draft {
  readonly fields: Record<string, Draft | { readonly each: Draft } | WherePlan | 'whole' | 'skip' | 'map'>;
  readonly rest: 'whole' | 'skip';
}

/** The projection, or everything that is wrong with its definition. */
export function customProjection(
  name: string,
  { by, paths }: ProjectionDefinition,
): { readonly projection: Projection } | { readonly problems: readonly string[] } {
  const root: Draft = by === 'include' ? { fields: {}, rest: 'skip' } : { fields: {}, rest: 'whole' };
  if (by === 'exclude')
    for (const part of ['metadata', 'status']) root.fields[part] = everythingOf(NODE[part]);
  const problems = paths.flatMap((path) => {
    const steps = parseFieldPath(path);
    if (steps === undefined) return [`"${path}" is no path of fields`];
    const problem = forbidden(by, steps) ?? put(root, NODE, steps, by === 'include' ? 'whole' : 'skip');
    return problem === undefined ? [] : [`"${path}": ${problem}`];
  });
  if (paths.length === 0) problems.push('names no field');
  if (problems.length > 0) return { problems };
  const metadata = draftOf(root, 'metadata');
  if (metadata.rest === 'skip') for (const field of IDENTITY) metadata.fields[field] = 'whole';
  const plan: FieldsPlan = root;
  return { projection: { name, key: `${name}=${JSON.stringify(plan)}`, plan } };
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

/** Puts one path into the plan. @returns what is wrong with it */
function put(
  draft: Draft,
  type: MessageType,
  [step, ...more]: readonly Step[],
  leaf: 'whole' | 'skip',
): string | undefined {
  if (step === undefined) return undefined;
  const { name, of, key } = step;
  const field = type[name];
  if (field === undefined) return `there is no ${name} here, only ${Object.keys(type).join(', ')}`;
  if (key !== undefined) return 'one entry of a map cannot be chosen, only the whole map';
  const known = draft.fields[name];
  if (more.length === 0) {
    if (of !== undefined) return 'of the elements of a list fields are chosen, or else the list itself';
    draft.fields[name] = leaf === 'skip' ? 'skip' : wholeOf(name, field);
    return undefined;
  }
  // Already counted, or left out, as a whole.
  if (known === leaf || known === 'map') return undefined;
  if (field.message === undefined) return `${name} has no fields that can be chosen`;
  if (LISTS.has(name) !== (of !== undefined))
    return of === undefined
      ? `${name} is a list: write ${name}[*] or, say, ${name}[type=Ready]`
      : `${name} is no list`;
  if (of === undefined) return put(draftOf(draft, name), field.message, more, leaf);
  return of === 'all'
    ? putIntoEach(draft, name, field.message, more, leaf)
    : putWhere(draft, name, field.message, of, more, leaf);
}

function putIntoEach(
  draft: Draft,
  name: string,
  type: MessageType,
  more: readonly Step[],
  leaf: 'whole' | 'skip',
): string | undefined {
  const known = draft.fields[name];
  if (typeof known === 'object' && 'where' in known) return ONE_CHOICE;
  const each: Draft =
    typeof known === 'object' && 'each' in known
      ? known.each
      : { fields: {}, rest: leaf === 'skip' ? 'whole' : 'skip' };
  draft.fields[name] = { each };
  return put(each, type, more, leaf);
}

const ONE_CHOICE = 'of one list, one field of one kind of element can be chosen, or fields of all';

function putWhere(
  draft: Draft,
  name: string,
  type: MessageType,
  { where, equals }: { readonly where: string; readonly equals: string },
  [step, ...more]: readonly Step[],
  leaf: 'whole' | 'skip',
): string | undefined {
  if (leaf === 'skip') return 'some elements of a list cannot be left out, only fields of all';
  if (step === undefined || more.length > 0 || step.of !== undefined || step.key !== undefined)
    return 'of such elements, one field is chosen';
  for (const field of [where, step.name])
    if (type[field] === undefined || type[field].message !== undefined || !TEXTS.has(field))
      return `there is no text field ${field} in ${name}`;
  const wanted: WherePlan = { where, equals, first: false, value: step.name, as: 'value' };
  const known = draft.fields[name];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(wanted)) return ONE_CHOICE;
  draft.fields[name] = wanted;
  return undefined;
}

/** Fields of elements whose value is a JSON string. */
const TEXTS: ReadonlySet<string> = new Set([
  ...['type', 'status', 'reason', 'message', 'lastHeartbeatTime', 'lastTransitionTime'],
  ...['address', 'key', 'value', 'effect', 'timeAdded', 'kind', 'name', 'uid', 'apiVersion'],
]);

function wholeOf(name: string, field: MessageField): Draft | 'whole' | 'map' {
  if (MAPS.has(name)) return 'map';
  const holdsMaps = Object.keys(field.message ?? {}).some((part) => MAPS.has(part));
  return holdsMaps ? everythingOf(field) : 'whole';
}

/** All of a message, its maps as maps; of ObjectMeta all but what changes with every event. */
function everythingOf(field: MessageField | undefined): Draft {
  const draft: Draft = { fields: {}, rest: 'whole' };
  for (const part of Object.keys(field?.message ?? {})) {
    if (MAPS.has(part)) draft.fields[part] = 'map';
    if (part === 'resourceVersion') draft.fields[part] = 'skip';
  }
  return draft;
}

/** The plan of a message in it, begun where there is none. */
function draftOf(draft: Draft, name: string): Draft {
  const known: Plan | Draft | undefined = draft.fields[name];
  if (typeof known === 'object' && 'fields' in known) return known;
  const begun: Draft = { fields: {}, rest: draft.rest };
  draft.fields[name] = begun;
  return begun;
}
