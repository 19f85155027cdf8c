/**
 * The text format of schemas, as `npm run schemas` writes it. The name of a message is a line of its own, followed by
 * one indented line for each field:
 *
 *     Example
 *      metadata 1 meta.ObjectMeta
 *      names 2 []text
 *      size 3.1 number!
 *
 * A field has its name in JSON, its number and its type. A number such as `3.1` means field 1 of an embedded message
 * with the number 3 (see {@link MessageField.within}). `[]` before the type marks a list, `*` a pointer; `!` after the
 * type marks a field that is written even if it is zero. If another table defines the message, the name of that table
 * comes first, as in `meta.ObjectMeta`.
 */
import type { MessageField, MessageType } from './schema.ts';

export type Table = ReadonlyMap<string, MessageType>;

const SCALARS: readonly MessageField['holds'][] = ['text', 'number', 'time', 'map', 'bytes'];
const FIELD = /^ (?<name>\w+) (?<path>[\d.]+) (?<mark>\[\]|\*)?(?<type>[\w.-]+)(?<always>!)?$/;

/** @throws Error if the text is not a table */
export function table(others: Readonly<Record<string, Table>>, text: string): Table {
  const own = new Map<string, Record<string, MessageField>>();
  const lines = text.split('\n').filter((line) => line !== '');
  // All messages are created first, because a message may contain a later one or itself.
  for (const line of lines) if (!line.startsWith(' ')) own.set(line, {});
  let fields: Record<string, MessageField> | undefined;
  for (const line of lines) {
    fields = own.get(line) ?? fields;
    if (!line.startsWith(' ')) continue;
    const { name = '', path = '', mark, type = '', always } = FIELD.exec(line)?.groups ?? {};
    if (fields === undefined || name === '') throw new Error(`no field of a message: ${line}`);
    const numbers = path.split('.').map(Number);
    fields[name] = {
      number: numbers.at(-1) ?? 0,
      ...(numbers.length > 1 && { within: numbers.slice(0, -1) }),
      ...held(type, own, others),
      ...(mark === '[]' && { isList: true }),
      ...(mark === '*' && { isPointer: true }),
      ...(always !== undefined && { isAlways: true }),
    };
  }
  return own;
}

function held(
  type: string,
  own: Table,
  others: Readonly<Record<string, Table>>,
): Pick<MessageField, 'holds' | 'message'> {
  const holds = SCALARS.find((scalar) => scalar === type);
  if (holds !== undefined) return { holds };
  if (type === 'opaque') return { holds: 'message' };
  const [inner, outer] = type.split('.').toReversed();
  const table = outer === undefined ? own : others[outer];
  return { holds: 'message', message: messageIn(table, inner ?? '') };
}

/** @throws Error if the table has no such message */
export function messageIn(table: Table | undefined, name: string): MessageType {
  const message = table?.get(name);
  if (message === undefined) throw new Error(`no message ${name} in this table`);
  return message;
}
