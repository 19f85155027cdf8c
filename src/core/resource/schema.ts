/**
 * What an object is made of, as its declarations in Go and protobuf have it. Fields go by their names in JSON, and stand
 * in the order in which Go writes them there; protobuf goes by number.
 */
export interface MessageType {
  readonly [jsonName: string]: MessageField;
}

export interface MessageField {
  readonly number: number;
  /** `number` is a bool too. `time` is text in JSON alone. `map` has free keys, whose order says nothing. */
  readonly holds: 'text' | 'number' | 'time' | 'map' | 'message';
  /** Of a message whose fields a plan may name. */
  readonly message?: MessageType;
  /** A list of what it holds. */
  readonly isList?: true;
  /** A pointer in Go: it can be absent, and then nothing is written of it. */
  readonly isPointer?: true;
  /** Without omitempty: JSON has it also where it is zero. */
  readonly isAlways?: true;
}

export const text = (number: number): MessageField => ({ number, holds: 'text' });
export const number = (number: number): MessageField => ({ number, holds: 'number' });
export const time = (number: number): MessageField => ({ number, holds: 'time' });
export const map = (number: number): MessageField => ({ number, holds: 'map' });

/** @param fields absent where no plan may look into it */
export const message = (number: number, fields?: MessageType): MessageField =>
  fields === undefined ? { number, holds: 'message' } : { number, holds: 'message', message: fields };

export const list = (field: MessageField): MessageField => ({ ...field, isList: true });
export const pointer = (field: MessageField): MessageField => ({ ...field, isPointer: true });
export const always = (field: MessageField): MessageField => ({ ...field, isAlways: true });
