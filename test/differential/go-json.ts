/** Objects as Go's encoding/json writes those types: the order of declaration, what is zero left out, HTML escaped. */
import type { FieldType, MessageType } from '../support/node-proto.ts';
import { type Fields, fieldsOf, listOf, own, textOr } from './values.ts';

const TO_ESCAPE = /[\u0000-\u001f"\\<>&\u2028\u2029]/;
const NOT_LIKE_JS = /[<>&\u2028\u2029]/g;

export function goText(text: string): string {
  return TO_ESCAPE.test(text) ? escapedLikeGo(JSON.stringify(text)) : `"${text}"`;
}

function escapedLikeGo(json: string): string {
  return json.replace(NOT_LIKE_JS, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Parts come again in event after event. */
const WRITTEN = new WeakMap<Fields, string>();

export function goJson(type: MessageType, value: Fields): string {
  const written = WRITTEN.get(value);
  if (written !== undefined) return written;
  let text = '{';
  for (const field of type.fields) {
    const member = goValue(field, own(value, field.name));
    if (member !== undefined) text += `${text.length > 1 ? ',' : ''}"${field.name}":${member}`;
  }
  text += '}';
  WRITTEN.set(value, text);
  return text;
}

/** Undefined where Go leaves the field out. */
export function goValue(field: FieldType, value: unknown): string | undefined {
  if (!field.isList) return goOne(field, value);
  const items = listOf(value);
  if (items.length === 0) return field.isAlways ? 'null' : undefined;
  return `[${items.map((item) => goOne({ ...field, isAlways: true }, item) ?? '{}').join(',')}]`;
}

function goOne({ kind, name, isPointer, isAlways, message }: FieldType, value: unknown): string | undefined {
  const isThere = value !== undefined && value !== null;
  switch (kind) {
    case 'string':
    case 'bytes': {
      const text = textOr(value);
      return (isPointer && isThere) || isAlways || text !== '' ? goText(text) : undefined;
    }
    case 'bool':
      return (isPointer && isThere) || isAlways || value === true ? String(value === true) : undefined;
    case 'int':
      return (isPointer && isThere) || isAlways || (isThere && value !== 0)
        ? String(Number(value ?? 0))
        : undefined;
    case 'time':
      if (isThere) return goText(textOr(value));
      // The only one with omitzero; the zero of others is null.
      return isPointer || name === 'creationTimestamp' ? undefined : 'null';
    case 'map':
    case 'quantities':
      return goMap(fieldsOf(value));
    case 'fields':
      return isThere ? escapedLikeGo(JSON.stringify(value)) : undefined;
    case 'message':
      if (!isThere && isPointer) return undefined;
      return message && goJson(message, fieldsOf(value ?? {}));
  }
}

const MAPS = new WeakMap<Fields, string>();

function goMap(map: Fields): string | undefined {
  const written = MAPS.get(map);
  if (written !== undefined) return written;
  const keys = Object.keys(map).sort();
  if (keys.length === 0) return undefined;
  const text = `{${keys.map((key) => `${goText(key)}:${goText(String(map[key]))}`).join(',')}}`;
  MAPS.set(map, text);
  return text;
}
