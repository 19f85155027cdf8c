/**
 * The fields of an object, from its declarations in Go and protobuf. The keys are the names in JSON, in the order in
 * which Go writes them. Protobuf identifies fields by number.
 */
export interface MessageType {
  readonly [jsonName: string]: MessageField;
}

export interface MessageField {
  readonly number: number;
  /**
   * Go can embed a struct in another. For a field of such a struct, this is the path of field numbers to the struct's
   * protobuf message. Go always writes that message. In JSON the field is beside the fields of the outer message.
   */
  readonly within?: readonly number[];
  /**
   * `number` includes bool. In JSON, but not in protobuf, `time` and `bytes` are text; `bytes` is then base64. `map`
   * has free keys, whose order has no meaning.
   */
  readonly holds: 'text' | 'number' | 'time' | 'map' | 'bytes' | 'message';
  /** The fields of a message, if a plan may name them. */
  readonly message?: MessageType;
  /** The field is a list of the type in `holds`. */
  readonly isList?: true;
  /** The field is a pointer in Go. If it is nil, nothing is written. */
  readonly isPointer?: true;
  /** The field has no `omitempty`, so JSON contains it even if it is zero. */
  readonly isAlways?: true;
}

export const message = (number: number, fields: MessageType): MessageField => ({
  number,
  holds: 'message',
  message: fields,
});
