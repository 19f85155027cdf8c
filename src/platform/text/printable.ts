/**
 * Makes text from outside safe to show: it cannot move a cursor, end a line, or change the direction of the text next
 * to it. Pure.
 */

/**
 * Control characters (C0 and C1, of which some terminals obey a single byte), format characters (which hide text or
 * change its direction), and separators of lines and paragraphs.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** On one line, with each unprintable character escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** For text of several lines, and for JSON, in which an escaped string keeps its value. */
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
