/**
 * HTML in which everything is escaped unless it was made here: the text of a template is markup, and every inserted
 * value is text. Values from outside (names of clients, Nodes and labels) can be anything.
 */
import { UNPRINTABLE } from './printable.ts';

/** Markup. Made by {@link markup}, or of constants. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The values that a template accepts. Undefined and false leave nothing. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/** Markup with values: between tags, and in quoted attributes. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, i) => part + textOf(values[i])).join(''));
}

function textOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return escape(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Longer text from outside is cut (characters). A path with the longest possible label key, 317 characters, fits. */
const LONGEST = 400;
/** Text from outside, on one line, which cannot change the direction of the text next to it. */
export function foreign(text: string): Html {
  const printable = text.replace(UNPRINTABLE, '\u{fffd}');
  const cut = printable.length > LONGEST ? `${printable.slice(0, LONGEST)}…` : printable;
  return markup`<bdi>${cut}</bdi>`;
}
