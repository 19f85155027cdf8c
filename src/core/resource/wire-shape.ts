/**
 * The shape of a message in protobuf, where a struct that Go embeds is a message of its own. In JSON this message is
 * not visible.
 */
import type { MessageField, MessageType } from './schema.ts';

export interface WireShape {
  /** The fields of the message itself, by their names in JSON. */
  readonly own: MessageType;
  /** The embedded messages, by their field numbers. */
  readonly embedded: ReadonlyMap<number, MessageType>;
}

const KNOWN = new WeakMap<MessageType, WireShape>();

export function wireShapeOf(type: MessageType): WireShape {
  const known = KNOWN.get(type);
  if (known !== undefined) return known;
  const own: Record<string, MessageField> = {};
  const embedded = new Map<number, Record<string, MessageField>>();
  for (const [name, field] of Object.entries(type)) {
    const { within: [first, ...further] = [], ...inside } = field;
    if (first === undefined) {
      own[name] = field;
      continue;
    }
    const fields = embedded.get(first) ?? {};
    embedded.set(first, fields);
    fields[name] = further.length === 0 ? inside : { ...inside, within: further };
  }
  const shape = { own, embedded };
  KNOWN.set(type, shape);
  return shape;
}
