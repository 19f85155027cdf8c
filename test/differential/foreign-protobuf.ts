/** The same objects as some other server might write them as protobuf: with every freedom of the format, and a newer API. */
import type { Random } from '../fuzz/random.ts';
import { bytesField, varint, varintField } from '../support/encode.ts';
import type { FieldType, MessageType } from '../support/node-proto.ts';
import { shuffle } from './foreign-json.ts';
import { entry, goFields } from './go-protobuf.ts';
import { type Fields, fieldsOf, listOf, own } from './values.ts';

/** How a writer spells who is not Go with these very types. */
interface Freedom {
  readonly isShuffled: boolean;
  /** A declared number with a wire type that is not its own: decoders skip it, or refuse. */
  readonly hasWrongWire: boolean;
  /** Zero values are left out. */
  readonly isSparse: boolean;
  /** One text twice, or one message in two halves. */
  readonly hasRepeats: boolean;
  readonly hasPadding: boolean;
}

/** Fields that the decoder knows and the product does not, by wire type. */
const UNKNOWN_TEXTS = ['x', 'y', '\x12\x05False', 'NetworkUnavailable'];

export class ForeignProtobuf {
  readonly #random: Random;
  readonly #content: Random;
  readonly #freedom: Freedom;
  readonly #hasUnknown: boolean;

  /** @param content chooses what decodes to something else; all else chooses only how it is spelled */
  constructor(random: Random, content: Random) {
    this.#random = random;
    this.#content = content;
    this.#hasUnknown = content.oneIn(2);
    this.#freedom = {
      isShuffled: random.oneIn(3),
      hasWrongWire: random.oneIn(3),
      isSparse: random.oneIn(2),
      hasRepeats: random.oneIn(3),
      hasPadding: random.oneIn(4),
    };
  }

  message(type: MessageType, value: Fields): Buffer {
    const random = this.#random;
    const { isShuffled, hasWrongWire } = this.#freedom;
    const runs = type.byNumber.map((field) => this.#fields(field, own(value, field.name)));
    if (this.#hasUnknown && this.#content.oneIn(4))
      runs.splice(random.oneIn(2) ? runs.length : random.below(runs.length), 0, [this.#unknown()]);
    if (isShuffled) shuffle(runs, random);
    if (hasWrongWire && random.oneIn(8)) this.#mislead(type, runs);
    return Buffer.concat(runs.flat());
  }

  #fields(field: FieldType, value: unknown): Buffer[] {
    const { isSparse, hasRepeats } = this.#freedom;
    const random = this.#random;
    if (field.isList) return listOf(value).map((item) => this.#one(field, item));
    if (field.kind === 'map' || field.kind === 'quantities') return this.#map(field, fieldsOf(value));
    const isZero = value === undefined || value === null || value === '' || value === 0 || value === false;
    if (isZero && !field.isPointer && isSparse && random.oneIn(2)) return [];
    if ((value === undefined || value === null) && field.isPointer) return [];
    const one = this.#one(field, value);
    if (!hasRepeats || !random.oneIn(16)) return [one];
    // Of a text the last one counts; two halves of a message are one.
    return field.kind === 'message'
      ? this.#halves(field, one)
      : [random.oneIn(2) ? one : (goFields(field, undefined)[0] ?? one), one];
  }

  #halves(field: FieldType, one: Buffer): Buffer[] {
    const body = bodyOf(one);
    const cut = fieldStarts(body);
    const at = cut[this.#random.below(cut.length)] ?? 0;
    return [bytesField(field.number, body.subarray(0, at)), bytesField(field.number, body.subarray(at))];
  }

  #one(field: FieldType, value: unknown): Buffer {
    const { number, message } = field;
    if (message !== undefined) return this.#bytes(number, this.message(message, fieldsOf(value)));
    const [one] = goFields({ ...field, isList: false, isPointer: false }, value);
    return one ?? Buffer.alloc(0);
  }

  #map(field: FieldType, map: Fields): Buffer[] {
    const entries = Object.entries(map);
    if (this.#freedom.isShuffled) shuffle(entries, this.#random);
    return entries.map(([key, value]) => {
      const parts = entry(field, key, String(value));
      if (this.#freedom.isShuffled && this.#random.oneIn(2)) parts.reverse();
      return this.#bytes(field.number, Buffer.concat(parts));
    });
  }

  #bytes(number: number, payload: Buffer): Buffer {
    if (!this.#freedom.hasPadding || !this.#random.oneIn(6)) return bytesField(number, payload);
    const length = varint(payload.length);
    const padded = Buffer.concat([length, Buffer.from([0])]);
    padded[length.length - 1] = (length.at(-1) ?? 0) | 0x80;
    return Buffer.concat([varint(number * 8 + 2), padded, payload]);
  }

  #unknown(): Buffer {
    const random = this.#content;
    switch (random.below(5)) {
      case 0:
        return varintField(901, random.pick([0, 1, 2 ** 40, -1]));
      case 1:
        return Buffer.concat([varint(902 * 8 + 1), Buffer.from(random.pick(['12345678', '\n\x06ABCDEF']))]);
      case 2:
        return Buffer.concat([varint(903 * 8 + 5), Buffer.from(random.pick(['1234', '"\x10ab']))]);
      default:
        return bytesField(900, Buffer.from(random.pick(UNKNOWN_TEXTS)));
    }
  }

  /** Varints under declared numbers; their values are lengths of what follows, so that who steps over them as texts goes astray. */
  #mislead(type: MessageType, runs: Buffer[][]): void {
    const random = this.#random;
    const at = random.below(runs.length);
    const until = at + 1 + random.below(runs.length - at);
    const length = runs
      .slice(at, until)
      .flat()
      .reduce((sum, { length: one }) => sum + one, 0);
    // Of those that are varints it would be a value.
    const declared = type.byNumber.filter(({ kind }) => kind !== 'bool' && kind !== 'int');
    if (declared.length === 0) return;
    const { number } = random.pick(random.oneIn(2) ? declared : declared.slice(0, Math.max(1, at)));
    const times = 1 + random.below(3);
    runs.splice(
      at,
      0,
      Array.from({ length: times }, (_none, i) => varintField(number, i === times - 1 ? length : 1)),
    );
  }
}

/** What is behind tag and length of a field with a number below 16, or of one with two bytes of tag. */
function bodyOf(field: Buffer): Buffer {
  let at = 0;
  while ((field[at++] ?? 0) >= 0x80);
  while ((field[at++] ?? 0) >= 0x80);
  return field.subarray(at);
}

/** Where fields begin in a message of our own making. */
function fieldStarts(body: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < body.length;) {
    starts.push(at);
    let [tag, shift] = [0, 0];
    for (;;) {
      const byte = body[at++] ?? 0;
      tag += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte < 0x80) break;
    }
    const wire = tag % 8;
    if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else {
      let [value, bits] = [0, 0];
      for (;;) {
        const byte = body[at++] ?? 0;
        value += (byte & 0x7f) * 2 ** bits;
        bits += 7;
        if (byte < 0x80) break;
      }
      if (wire === 2) at += value;
    }
  }
  return starts;
}
