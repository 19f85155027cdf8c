/** The same objects as some other server might write them as JSON: with every freedom of the format, and a newer API. */
import type { Random } from '../fuzz/random.ts';
import type { FieldType, MessageType } from '../support/node-proto.ts';
import { goText, goValue } from './go-json.ts';
import { type Fields, fieldsOf, listOf, own } from './values.ts';

export type Escapes = 'none' | 'some' | 'non-ascii';

/** How a writer spells who is not Go with these very types. */
interface Freedom {
  readonly order: 'go' | 'sorted' | 'shuffled';
  readonly hasSpaces: boolean;
  /** Of characters that need none: of no, of some, or of all that are not ASCII. */
  readonly escapes: Escapes;
  /** null, {} and [] for what is absent. */
  readonly hasEmpty: boolean;
}

/** What it holds besides. */
interface Extras {
  /** Fields that no version has declared yet. */
  readonly hasUnknown: boolean;
  /** A key that comes twice. */
  readonly hasRepeats: boolean;
}

const NAMING: ReadonlySet<unknown> = new Set(['metadata', 'name', 'resourceVersion', 'kind', 'apiVersion']);
const NEW_FIELDS = ['fromNewer', 'imagesX', 'Status', 'newFeatures'];
const NEW_VALUES = [
  ...['{"a":[1,{"b":"]}"}]}', '{"a":[2,{"b":"]}"}]}', '"x"', '"y"', '[]', '{}', '5', 'true', 'null'],
  ...[
    '["]},\\"spec\\":{"]',
    '[{"type":"NetworkUnavailable","status":"True"}]',
    '{"conditions":[],"addresses":[]}',
  ],
];

const NOT_ASCII = /[^\x20-\x7e]/g;

function escaped(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}

export class ForeignJson {
  readonly #random: Random;
  readonly #content: Random;
  readonly #freedom: Freedom;
  readonly #extras: Extras;

  /** @param content chooses what decodes to something else; all else chooses only how it is spelled */
  constructor(random: Random, content: Random, escapes: Escapes) {
    this.#random = random;
    this.#content = content;
    // Some write as Go does, and only have more to tell: API servers of a later version.
    const isNewer = content.oneIn(3);
    this.#extras = { hasUnknown: isNewer || content.oneIn(2), hasRepeats: !isNewer && content.oneIn(4) };
    this.#freedom = {
      order: isNewer ? 'go' : random.pick(['go', 'sorted', 'shuffled', 'shuffled']),
      hasSpaces: !isNewer && random.oneIn(2),
      escapes,
      hasEmpty: random.oneIn(isNewer ? 3 : 2),
    };
  }

  /** Whether an object of its may have a key twice. */
  get mayRepeat(): boolean {
    return this.#extras.hasRepeats;
  }

  event(eventType: string, object: string): string {
    const members = [`${this.#key('type')}${this.text(eventType)}`, `${this.#key('object')}${object}`];
    return this.#object(members);
  }

  /** A message, and what its kind needs besides. */
  message(type: MessageType, value: Fields, more: Readonly<Record<string, string>> = {}): string {
    const members = Object.entries(more).map(([name, text]) => this.#key(name) + this.text(text));
    for (const field of type.fields) {
      const text = this.#field(field, own(value, field.name));
      if (text !== undefined) members.push(this.#key(field.name) + text);
    }
    const content = this.#content;
    const { hasUnknown, hasRepeats } = this.#extras;
    if (hasUnknown && content.oneIn(4)) {
      const at = content.oneIn(2) ? members.length : 2 + content.below(members.length);
      members.splice(at, 0, this.#key(content.pick(NEW_FIELDS)) + content.pick(NEW_VALUES));
    }
    const again = hasRepeats && content.oneIn(12) ? this.#again(type, value) : undefined;
    return this.#object(members, again);
  }

  /** A field once more, with its value or with nothing. */
  #again(type: MessageType, value: Fields): string | undefined {
    const field = this.#content.pick(type.fields);
    const same = goValue(field, own(value, field.name));
    // Another object would be meant by another name.
    const other = NAMING.has(field.name) ? same : this.#content.pick(['null', same ?? 'null', '{}', '[]']);
    return other && `"${field.name}":${other}`;
  }

  text(text: string): string {
    const { escapes } = this.#freedom;
    const random = this.#random;
    if (escapes === 'non-ascii') return goText(text).replace(NOT_ASCII, escaped);
    if (escapes === 'none' || !random.oneIn(3)) return goText(text);
    let out = '"';
    // Both halves of a pair are spelled in one way.
    for (const one of text) {
      if (random.oneIn(3)) out += escaped(one);
      else out += one === '/' && random.oneIn(2) ? '\\/' : JSON.stringify(one).slice(1, -1);
    }
    return `${out}"`;
  }

  #field(field: FieldType, value: unknown): string | undefined {
    const random = this.#random;
    const { kind, isList, isPointer, message } = field;
    if (value === undefined && this.#freedom.hasEmpty && random.oneIn(3)) {
      if (isList) return random.pick(['null', '[]']);
      if (kind === 'map' || kind === 'quantities') return random.pick(['null', '{}']);
      return kind === 'message' && !isPointer ? random.pick(['null', '{}']) : 'null';
    }
    if (value === undefined) return goValue(field, value);
    if (isList && Array.isArray(value))
      return `[${listOf(value)
        .map((item) => this.#space() + this.#one(field, item))
        .join(',')}]`;
    if (kind === 'map' || kind === 'quantities') {
      const entries = Object.entries(fieldsOf(value));
      return this.#object(entries.map(([key, text]) => this.#key(key) + this.text(String(text))));
    }
    if (message === undefined && !this.#freedom.hasEmpty && kind !== 'string') return goValue(field, value);
    return this.#one(field, value);
  }

  #one({ kind, message }: FieldType, value: unknown): string {
    if (message !== undefined) return this.message(message, fieldsOf(value));
    if (kind === 'fields') return JSON.stringify(value);
    return typeof value === 'string' ? this.text(value) : JSON.stringify(value);
  }

  #object(members: string[], last?: string): string {
    const { order, hasSpaces } = this.#freedom;
    if (order === 'sorted') members.sort();
    if (order === 'shuffled') shuffle(members, this.#random);
    if (last !== undefined) members.push(last);
    if (!hasSpaces) return `{${members.join(',')}}`;
    return `{${members.map((member) => this.#space() + member + this.#space()).join(',')}}`;
  }

  #key(name: string): string {
    return `${this.text(name)}${this.#space()}:${this.#space()}`;
  }

  #space(): string {
    return this.#freedom.hasSpaces && this.#random.oneIn(2) ? this.#random.pick([' ', '\t', '  ', '\r']) : '';
  }
}

export function shuffle(items: unknown[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
}
