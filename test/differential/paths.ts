/** Paths of fields as the documents describe them (docs/settings.md): read, and made from chance. */
import type { Random } from '../fuzz/random.ts';
import { type FieldType, type MessageType, NODE } from '../support/node-proto.ts';
import type { Definition } from './meaning.ts';
import { ADDRESS_TYPES, CONDITION_TYPES, TIMES } from './nodes.ts';

export interface Step {
  readonly name: string;
  /** Of a list: a field of every element, or of those of which a field has this text. */
  readonly of: 'all' | { readonly where: string; readonly equals: string } | undefined;
  /** Of a map: one entry. */
  readonly key: string | undefined;
}

/** @throws for what is no path */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  const until = (end: RegExp): string => {
    const length = path.slice(at).search(end);
    const text = length === -1 ? path.slice(at) : path.slice(at, at + length);
    at += text.length;
    return text;
  };
  do {
    const name = until(/[.[]/);
    if (path[at] !== '[') steps.push({ name, of: undefined, key: undefined });
    else {
      at++;
      const inside = until(/\]/);
      at++;
      const [where = '', ...equals] = inside.split('=');
      if (inside === '*') steps.push({ name, of: 'all', key: undefined });
      else if (inside.startsWith('"')) steps.push({ name, of: undefined, key: inside.slice(1, -1) });
      else steps.push({ name, of: { where, equals: equals.join('=') }, key: undefined });
    }
    if (at < path.length && path[at++] !== '.') throw new Error(`no path: ${path}`);
  } while (at < path.length);
  return steps;
}

/** A definition as somebody might write it: paths that overlap, or say one thing twice, among them. */
export function randomDefinition(random: Random): Definition {
  const by = random.oneIn(2) ? 'include' : 'exclude';
  const paths: string[] = [];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const before = paths.length > 0 && random.oneIn(2) ? random.pick(paths) : undefined;
    const path = before === undefined ? randomPath(random, by) : relatedPath(random, before, by);
    if (path !== undefined) paths.push(path);
  }
  // What nearly everybody leaves out, who leaves out anything: otherwise every event is a change.
  if (by === 'exclude' && !random.oneIn(6)) {
    const noise = [
      'metadata.managedFields',
      'status.conditions[*].lastHeartbeatTime',
      'status.images',
      'metadata.annotations',
    ];
    paths.push(...noise.filter((path, i) => !paths.includes(path) && !random.oneIn(i < 2 ? 12 : 2)));
  }
  return { by, paths: random.oneIn(2) ? paths : paths.toReversed() };
}

function randomPath(random: Random, by: Definition['by']): string {
  const part = random.pick(['metadata', 'spec', 'status', 'status']);
  const field = NODE.byName.get(part);
  if (field?.message === undefined || (random.oneIn(8) && (by === 'include' || part !== 'metadata')))
    return part;
  return `${part}.${inside(random, field.message, by)}`;
}

function inside(random: Random, type: MessageType, by: Definition['by']): string {
  const declared = type.fields.filter(({ name }) => name !== 'resourceVersion' && name !== 'name');
  // Those with parts of their own are where paths differ in what they reach.
  const deep = declared.filter(({ message }) => message !== undefined);
  const chosen = deep.filter(({ isList }) => isList);
  const field = random.pick(
    deep.length === 0 || random.oneIn(3) ? declared : chosen.length > 0 && !random.oneIn(3) ? chosen : deep,
  );
  const { name } = field;
  if (isMap(field) && !random.oneIn(4)) return `${name}${chosenOf(random, field, by)}`;
  if (field.message === undefined) return random.oneIn(12) ? `${name}${astray(random)}` : name;
  return random.oneIn(3) ? name : `${name}${chosenOf(random, field, by)}`;
}

const isMap = ({ kind }: FieldType): boolean => kind === 'map' || kind === 'quantities';

/** Which part of a field, behind its name. */
function chosenOf(random: Random, field: FieldType, by: Definition['by']): string {
  if (isMap(field)) return `["${random.pick(ENTRIES)}"]`;
  const choice = chooser(random, field);
  // Elements of a kind may be chosen themselves, and all that is in them.
  if (choice.includes('=') && random.oneIn(3)) return choice;
  return `${choice}.${inside(random, field.message ?? NODE, by)}`;
}

/** Keys of maps, and what such begin with: see anyKey. */
const ENTRIES = ['a', 'a', 'a*', 'l*', 'kubernetes.io/*', 'kubernetes.io/os', 'cpu', 'é*', 'ö', '10', '1*'];

/** Further into what has no fields: means nothing, and must be refused. */
const astray = (random: Random): string => random.pick(['.foo', '.a.b[type=x].c', '[*].x', '["a"]']);

function chooser(random: Random, { name, isList }: FieldType): string {
  if (!isList) return '';
  // Most often by a text that some servers escape.
  if (random.oneIn(3)) return '[*]';
  if (name === 'conditions')
    return random.oneIn(8)
      ? `[lastTransitionTime=${random.pick(TIMES)}]`
      : `[${random.oneIn(8) ? 'reason' : 'type'}=${random.oneIn(2) ? 'Größe' : random.pick(CONDITION_TYPES)}]`;
  if (name === 'addresses') return `[type=${random.oneIn(2) ? 'é€😀' : random.pick(ADDRESS_TYPES)}]`;
  return name === 'taints' ? '[effect=NoSchedule]' : '[*]';
}

/** A path that reaches more than this one, or less, or a neighbour. */
function relatedPath(random: Random, path: string, by: Definition['by']): string | undefined {
  const list = listOn(path);
  if (list !== undefined && !random.oneIn(3)) return `${list.path}${chosenOf(random, list.field, by)}`;
  const steps = path.split(/(?<!\[[^\]]*)\./);
  if (random.oneIn(2)) {
    const wider = steps
      .slice(0, 1 + random.below(steps.length))
      .join('.')
      .replace(/\[[^\]]*\]$/, '');
    return wider === path ? randomPath(random, by) : wider;
  }
  const type = typeAt(path);
  const bare = path.replace(/\[[^\]]*\]$/, '');
  if (type === undefined) return randomPath(random, by);
  return `${bare}${chooser(random, type)}.${inside(random, type.message ?? NODE, by)}`;
}

/** The last list or map on a path of which it chooses some part. */
function listOn(path: string): { readonly path: string; readonly field: FieldType } | undefined {
  const before = /^(?<list>.+)\[[^\]]*\][^\]]*$/.exec(path)?.groups?.['list'];
  const field = before === undefined ? undefined : fieldAt(before);
  return before === undefined || field === undefined ? undefined : { path: before, field };
}

/** The field a path ends at, where it has fields of its own. */
function typeAt(path: string): FieldType | undefined {
  const field = fieldAt(path);
  return field?.message === undefined ? undefined : field;
}

function fieldAt(path: string): FieldType | undefined {
  let type: MessageType | undefined = NODE;
  let field: FieldType | undefined;
  for (const { name } of parsePath(path)) {
    field = type?.byName.get(name);
    type = field?.message;
  }
  return field;
}
