/** Text of others as it may be shown to people: nothing in it moves a cursor, ends a line, or turns what stands beside it. Pure. */

/**
 * Control characters (C0, C1: some terminals obey one byte of those), formatting ones (they change the direction of text,
 * or hide it), and what separates lines and paragraphs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** On one line; each unprintable character as JSON would escape it. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** The same for text of several lines, and for JSON: what is escaped stays the same string there. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE_IN_LINES, escaped);
}

function escaped(character: string): string {
  const first = unit(character.charCodeAt(0));
  return character.length === 1 ? first : first + unit(character.charCodeAt(1));
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
