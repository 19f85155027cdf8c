/**
 * HTML that is escaped unless it was made here: a template's own text is markup, every value put into it is text. The
 * text of others (names of clients, Nodes and labels) can be anything.
 */

/** Markup. Made by {@link markup}, or of constants. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into a template; undefined and false leave nothing. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/** Markup with values: between tags, and in quoted attributes. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, i) => part + textOf(values[i])).join(''));
}

/** A value as it stands in a page. */
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

/** Longer text of others is cut (characters): a label's longest key has 317, with the path around it. */
const LONGEST = 400;
/** Of others, none of these is meant: they break lines, turn the text around them, or are not seen. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of others, on one line, that cannot turn the direction of what stands beside it. */
export function foreign(text: string): Html {
  const printable = text.replace(UNPRINTABLE, '\u{fffd}');
  const cut = printable.length > LONGEST ? `${printable.slice(0, LONGEST)}…` : printable;
  return markup`<bdi>${cut}</bdi>`;
}
