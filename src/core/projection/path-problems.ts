/** Explains why a single path is invalid for a schema, and suggests the path that may have been meant. Pure. */
import type { MessageField, MessageType } from '../resource/schema.ts';
import { spelled, type Step } from './field-path.ts';
import { nearest } from './nearest.ts';

/** @returns the problem of a parsed path; undefined if the path is valid */
export function problemOfSteps(schema: MessageType, steps: readonly Step[]): string | undefined {
  let type = schema;
  for (const [i, step] of steps.entries()) {
    const field = fieldOf(type, step.name);
    if (field === undefined) return unknownField(schema, type, steps, i);
    const isLast = i === steps.length - 1;
    const problem =
      field.holds === 'map'
        ? problemOfMap(steps, i)
        : problemOfChoice(step, field, isLast, steps.slice(0, i));
    if (problem !== undefined) return problem;
    if (isLast || field.message === undefined) return undefined;
    type = field.message;
  }
  return undefined;
}

/** The message about a text that cannot be parsed as a path. */
export function problemOfText(schema: MessageType, text: string): string {
  const [map, key] = entryMeant(schema, text) ?? [];
  const hint = map === undefined ? '' : ` (did you mean ${map}["${key}"]?)`;
  return `"${text}" is not a path of fields${hint}`;
}

function problemOfMap(steps: readonly Step[], at: number): string | undefined {
  const [step, ...more] = steps.slice(at);
  if (step === undefined) return undefined;
  const { name, of, key } = step;
  const map = spelled([...steps.slice(0, at), { name, of: undefined, key: undefined }]);
  if (of !== undefined) return `one entry of a map is chosen by its key: ${map}["KEY"]`;
  if (key === undefined && more.length > 0) {
    const isPlain = more.every((step) => step.of === undefined && step.key === undefined);
    return `one entry of a map is chosen by its key: ${map}["${isPlain ? spelled(more) : 'KEY'}"]`;
  }
  if (key === undefined) return undefined;
  if (more.length > 0) return 'an entry of a map has no fields that can be chosen';
  if (key === '*') return `all entries are ${map}`;
  return key.slice(0, -1).includes('*') ? '* stands for the rest of a key, at its end' : undefined;
}

function problemOfChoice(
  { name, of, key }: Step,
  field: MessageField,
  isLast: boolean,
  before: readonly Step[],
): string | undefined {
  if (key !== undefined) return `${name} is not a map`;
  const isList = field.isList === true;
  if (isLast && of === 'all') return 'choose fields of the elements, or the list itself';
  if (isLast && of === undefined) return undefined;
  if (field.message === undefined) return `${name} has no fields that can be chosen`;
  if (isList !== (of !== undefined)) {
    const list = spelled([...before, { name, of: undefined, key: undefined }]);
    return isList
      ? `${name} is a list: write ${list}[*] or, say, ${list}[type=Ready]`
      : `${name} is not a list`;
  }
  return typeof of === 'object' ? problemOfKind(name, field.message, of.where) : undefined;
}

function problemOfKind(list: string, type: MessageType, where: string): string | undefined {
  const field = fieldOf(type, where);
  if (field?.holds === 'time')
    return `${where} is a time, which protobuf does not hold as text: elements cannot be chosen by it`;
  if (field?.holds === 'text' && field.isList !== true) return undefined;
  const texts = Object.keys(type).filter((name) => type[name]?.holds === 'text' && !type[name].isList);
  const meant = nearest(where, texts);
  return `there is no text field ${where} in ${list}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

function unknownField(schema: MessageType, type: MessageType, steps: readonly Step[], at: number): string {
  const step = steps[at];
  if (step === undefined) return '';
  const sibling = nearest(step.name, Object.keys(type));
  const meant =
    sibling === undefined
      ? elsewhere(schema, step.name)
      : spelled(steps.with(at, { ...step, name: sibling }));
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  return `there is no ${step.name} here, only ${Object.keys(type).join(', ')}${hint}`;
}

/** The path of the field with this name that is nearest to the root. */
function elsewhere(schema: MessageType, name: string): string | undefined {
  return [...pathsOf(schema)].sort((a, b) => a.depth - b.depth).find((path) => path.name === name)?.path;
}

/** Finds a map and a key that was written like a field of the map, as in `metadata.annotations.example.com/x`. */
function entryMeant(schema: MessageType, text: string): readonly [map: string, key: string] | undefined {
  for (const { path, field } of pathsOf(schema)) {
    if (field.holds !== 'map' || !text.startsWith(path)) continue;
    const key = /^(?:\.|\[)"?(?<key>[^"[\]]+)"?\]?$/.exec(text.slice(path.length))?.groups?.['key'];
    if (key !== undefined) return [path, key];
  }
  return undefined;
}

interface SchemaPath {
  readonly path: string;
  readonly name: string;
  readonly field: MessageField;
  readonly depth: number;
}

/** The search for names ends at this depth, because some schemas contain themselves. Useful names are not deeper. */
const MAX_DEPTH = 4;

function* pathsOf(type: MessageType, before = '', depth = 0): Generator<SchemaPath> {
  for (const [name, field] of Object.entries(type)) {
    const path = `${before}${name}`;
    yield { path, name, field, depth };
    if (field.message !== undefined && depth < MAX_DEPTH)
      yield* pathsOf(field.message, `${path}${field.isList === true ? '[*]' : ''}.`, depth + 1);
  }
}

/** Own properties only: `constructor` and the like are not fields. */
function fieldOf(type: MessageType, name: string): MessageField | undefined {
  return Object.hasOwn(type, name) ? type[name] : undefined;
}
