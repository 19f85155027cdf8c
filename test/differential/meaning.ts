/**
 * What a projection means, by what the documents say of it (docs/settings.md, README.md), over objects that a decoder has
 * made: a text that two states of a Node share exactly when the projection sees no difference between them.
 *
 * Each path of an include list is looked up for itself, so that several of them always mean their union; where some choose
 * elements of one list by their kind, so does the order of these kinds. As a client
 * written in Go has it, what is zero, null, empty or absent is one, except under pointers and among the entries of maps.
 */
import { CONSUMERS } from '../../src/core/projection/consumers.ts';
import { type FieldType, type MessageType, NODE } from '../support/node-proto.ts';
import { textOf } from './decode.ts';
import { parsePath, type Step } from './paths.ts';
import { type Fields, fieldsOf, isFields, listOf, own } from './values.ts';

export interface Meaning {
  readonly name: string;
  of(node: Fields): string;
}

export interface Definition {
  readonly by: 'include' | 'exclude';
  readonly paths: readonly string[];
}

/** What is left out of a message or of a field: by what is left of each path that leads there. */
type Left = readonly (readonly Step[])[];

const IDENTITY = ['uid', 'deletionTimestamp', 'finalizers', 'ownerReferences'] as const;
const NOTHING_LEFT: Left = [];
const VERSION_LEFT: Left = [parsePath('metadata.resourceVersion')];

export function presetMeaning(name: string): Meaning {
  const of = PRESETS[name];
  if (of !== undefined) return { name, of };
  const paths = Object.entries(CONSUMERS).find(([consumer]) => consumer === name)?.[1];
  if (paths === undefined) throw new Error(`nobody has said what ${name} means`);
  return { ...customMeaning({ by: 'include', paths }), name };
}

/** @throws where a path means nothing */
export function customMeaning({ by, paths }: Definition): Meaning {
  return {
    name: `${by} ${JSON.stringify(paths)}`,
    of: by === 'include' ? including(paths) : excluding(paths),
  };
}

const identityOf = (node: Fields): string => {
  const metadata = fieldsOf(node['metadata']);
  return IDENTITY.map((name) => shownField(fieldOf(META, name), own(metadata, name), NOTHING_LEFT)).join(';');
};

function including(paths: readonly string[]): Meaning['of'] {
  const picks = paths.map((path) => {
    const steps = parsePath(path);
    checked(NODE, steps);
    return steps;
  });
  const orders = ordersOf(picks);
  return (node) =>
    [
      identityOf(node),
      ...picks.map((steps) => picked(NODE, node, steps)),
      ...orders.map((order) => kindsIn(node, order)),
    ].join('\n');
}

/** Of which kinds of elements paths choose something, in one list. */
interface Order {
  readonly list: readonly Step[];
  readonly kinds: Set<string>;
  /** Whether one of them chooses something of every element. */
  hasEvery: boolean;
}

function ordersOf(picks: readonly (readonly Step[])[]): readonly Order[] {
  const orders = new Map<string, Order>();
  for (const steps of picks)
    for (const [at, { name, of }] of steps.entries()) {
      if (of === undefined) continue;
      const list = [...steps.slice(0, at), { name, of: undefined, key: undefined }];
      const id = JSON.stringify(list);
      const order = orders.get(id) ?? { list, kinds: new Set<string>(), hasEvery: false };
      orders.set(id, order);
      if (of === 'all') order.hasEvery = true;
      else order.kinds.add(JSON.stringify(of));
    }
  return [...orders.values()];
}

/** What a step leads to: elements of a list, or what is in a field that is there. */
function reached(value: unknown, step: Step): readonly unknown[] {
  const child = own(fieldsOf(value), step.name);
  return isFields(child) ? [child] : listOf(child).filter((item) => isOf(step, item));
}

/** The kinds of a list's elements as they stand there, those of which nothing is chosen left out. */
function kindsIn(node: Fields, { list, kinds, hasEvery }: Order): string {
  const wanted = [...kinds].map((kind) => JSON.parse(kind) as { where: string; equals: string });
  const [where] = wanted.map((kind) => kind.where);
  if (where === undefined) return '';
  const texts = list
    .reduce<readonly unknown[]>((values, step) => values.flatMap((value) => reached(value, step)), [node])
    .map((element) => textOf(own(fieldsOf(element), where)))
    .map((text) => (wanted.some(({ equals }) => equals === text) ? text : undefined));
  return JSON.stringify(texts.filter((text) => text !== undefined || hasEvery));
}

function excluding(paths: readonly string[]): Meaning['of'] {
  const left = ['metadata.resourceVersion', ...paths].map((path) => {
    const steps = parsePath(path);
    checked(NODE, steps);
    return steps;
  });
  return (node) => `${identityOf(node)}\n${shownMessage(NODE, node, left)}`;
}

/** The first such condition, as MetalLB looks for it. */
function networkUnavailable(node: Fields): string | undefined {
  const conditions = listOf(own(fieldsOf(node['status']), 'conditions')).map(fieldsOf);
  const found = conditions.find((condition) => textOf(own(condition, 'type')) === 'NetworkUnavailable');
  return found && textOf(own(found, 'status'));
}

const labels = including(['metadata.labels']);
const metallb = including([
  'metadata.labels',
  'spec.unschedulable',
  'status.addresses[type=InternalIP].address',
]);
const PRESETS: Readonly<Record<string, Meaning['of']>> = {
  labels,
  metallb: (node) => `${metallb(node)}\n${JSON.stringify(networkUnavailable(node))}`,
  'metallb-upstream': (node) => `${labels(node)}\n${String(networkUnavailable(node) === 'True')}`,
  heartbeat: excluding(['metadata.managedFields', 'status.conditions[*].lastHeartbeatTime']),
};

/** @throws where a step leads into what has no fields, or takes a list for none */
function checked(type: MessageType, [step, ...more]: readonly Step[]): void {
  if (step === undefined) return;
  const field = fieldOf(type, step.name);
  const isMap = field.kind === 'map' || field.kind === 'quantities';
  if (step.key !== undefined && (!isMap || more.length > 0)) throw new Error(`${step.name} is no map`);
  if (step.key !== undefined && step.key.slice(0, -1).includes('*')) throw new Error(`what is ${step.key}?`);
  if (more.length === 0 && step.of === undefined) return;
  if (more.length === 0 && step.of === 'all') throw new Error(`${step.name}: no field of it is chosen`);
  if (field.message === undefined) throw new Error(`${step.name} has no fields`);
  if (field.isList !== (step.of !== undefined)) throw new Error(`${step.name} is a list, or is none`);
  if (typeof step.of === 'object') {
    const { kind, isList } = fieldOf(field.message, step.of.where);
    if (kind !== 'string' || isList) throw new Error(`${step.of.where} is no text`);
  }
  checked(field.message, more);
}

function picked(type: MessageType, value: Fields, [step, ...more]: readonly Step[]): string {
  if (step === undefined) return '';
  const field = fieldOf(type, step.name);
  const child = own(value, step.name);
  if (step.key !== undefined) return shownMap(entriesBy(step.key, mapOf(child)));
  if (more.length === 0 && step.of === undefined)
    return shownField(field, child, type === NODE && step.name === 'metadata' ? VERSION_LEFT : NOTHING_LEFT);
  const { message } = field;
  if (message === undefined) return '';
  if (step.of === undefined) return picked(message, fieldsOf(child), more);
  const { of } = step;
  const items = listOf(child).map(fieldsOf);
  const chosen =
    of === 'all'
      ? items
      : items.filter((item) => plainText(fieldOf(message, of.where), own(item, of.where)) === of.equals);
  const shown = chosen.map((item) =>
    more.length === 0 ? shownMessage(message, item, NOTHING_LEFT) : picked(message, item, more),
  );
  return `${chosen.length}[${shown.join('|')}]`;
}

/** Those with this key, or where it ends with `*` with one that begins so. */
function entriesBy(key: string, map: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...map].filter(([name]) => isMeant(key, name)));
}

function isMeant(key: string, name: string): boolean {
  return key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : name === key;
}

/** What a text field is to a reader, times included. */
function plainText({ kind }: FieldType, value: unknown): string {
  return kind === 'time' ? timeText(value) : textOf(value);
}

/** Empty for what is as good as absent. @param left paths that begin at this very field */
function shownField(field: FieldType, value: unknown, left: Left): string {
  const isAll = left.some(
    ([step, ...more]) => more.length === 0 && step?.of === undefined && step?.key === undefined,
  );
  if (isAll || value === undefined || value === null) return '';
  if (!field.isList) return shownOne(field, value, left);
  const items = listOf(value).flatMap((item) => {
    const here = left.filter(([step]) => isOf(step, item));
    return here.some(({ length }) => length === 1) ? [] : [shownOne(field, item, here)];
  });
  return items.length === 0 ? '' : `[${items.join(',')}]`;
}

const inside = (left: Left): Left => left.map(([, ...more]) => more).filter(({ length }) => length > 0);

/** Whether a step into a list leads into this element. */
function isOf(step: Step | undefined, item: unknown): boolean {
  if (typeof step?.of !== 'object') return true;
  return textOf(own(fieldsOf(item), step.of.where)) === step.of.equals;
}

function shownOne({ kind, isPointer, message }: FieldType, value: unknown, left: Left): string {
  if (value === null) return '';
  switch (kind) {
    case 'string':
    case 'bytes': {
      const text = textOf(value);
      return text === '' && !isPointer ? '' : JSON.stringify(text);
    }
    case 'bool':
      return value === true ? 'true' : isPointer ? 'false' : '';
    case 'int': {
      const number = String(Number(value));
      return number === '0' && !isPointer ? '' : number;
    }
    case 'time':
      return timeText(value);
    case 'map':
    case 'quantities': {
      const keys = left.flatMap(([step]) => step?.key ?? []);
      return shownMap(new Map([...mapOf(value)].filter(([name]) => !keys.some((key) => isMeant(key, name)))));
    }
    case 'fields':
      return Buffer.isBuffer(fieldsOf(value)['Raw']) ? textOf(fieldsOf(value)['Raw']) : canonical(value);
    case 'message': {
      const text = message === undefined ? '' : shownMessage(message, fieldsOf(value), inside(left));
      return text === '' && isPointer ? '{}' : text;
    }
  }
}

function shownMessage(type: MessageType, value: Fields, left: Left): string {
  let text = '';
  for (const field of type.fields) {
    const here = left.filter(([step]) => step?.name === field.name);
    const shown = shownField(field, own(value, field.name), here);
    if (shown !== '') text += `${field.name}:${shown};`;
  }
  // Undeclared fields are part of everything.
  const undeclared = Object.keys(value).filter(
    (key) => !type.byName.has(key) && isUndeclared(type, value, key),
  );
  for (const key of undeclared.sort()) text += `?${JSON.stringify(key)}:${canonical(value[key])};`;
  return text === '' ? '' : `{${text}}`;
}

/** For fields that never came the library has empty lists. */
const LISTS_OF_LIBRARY = ['newText', 'newNumber', 'newLong', 'newShort'];

function isUndeclared(type: MessageType, value: Fields, key: string): boolean {
  // Always the same, and not inside of protobuf's object.
  if (type === NODE && (key === 'kind' || key === 'apiVersion')) return false;
  return !(LISTS_OF_LIBRARY.includes(key) && listOf(value[key]).length === 0);
}

function shownMap(map: ReadonlyMap<string, string>): string {
  if (map.size === 0) return '';
  return `{${[...map]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',')}}`;
}

/** An object of JSON, or the entries that protobuf makes of one; of two with one key the last counts. */
function mapOf(value: unknown): ReadonlyMap<string, string> {
  if (isFields(value)) return new Map(Object.entries(value).map(([key, text]) => [key, textOf(text)]));
  return new Map(
    listOf(value)
      .map(fieldsOf)
      .map((entry) => {
        const content = own(entry, 'value');
        return [textOf(own(entry, 'key')), textOf(isFields(content) ? own(content, 'string') : content)];
      }),
  );
}

/** As JSON has it; empty for the zero time. */
function timeText(value: unknown): string {
  if (typeof value === 'string') return value;
  const seconds = Number(own(fieldsOf(value), 'seconds') ?? 0);
  const nanos = Number(own(fieldsOf(value), 'nanos') ?? 0);
  if (seconds === 0 && nanos === 0) return '';
  const whole = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return nanos === 0 ? whole : `${whole} and ${nanos}`;
}

/** JSON in which the order of keys does not count. */
function canonical(value: unknown): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('latin1'));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (!isPlain(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical((value as Fields)[key])}`).join(',')}}`;
}

/** Not one of the library's long numbers. */
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

/** @throws where there is no such field */
function fieldOf(type: MessageType | undefined, name: string): FieldType {
  const field = type?.byName.get(name);
  if (field === undefined) throw new Error(`there is no ${name}`);
  return field;
}

const META = NODE.byName.get('metadata')?.message;
