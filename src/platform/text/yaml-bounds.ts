/**
 * How much YAML is read. The library composes some texts in time that grows with the square or the cube of their length
 * (32 KiB of `? ` take three minutes) and nests calls as deep as the text does. Its lexer does neither: what comes out of
 * that is counted before anything else is made of a text. Pure.
 */
import { Lexer } from 'yaml';

export interface YamlBounds {
  readonly characters: number;
  /** Scalars, indicators, spaces, ends of lines: a line with a key and a value has five. */
  readonly tokens: number;
  /** Keys that are marked by `?`. */
  readonly markedKeys: number;
}

/** Of `[` and `{` inside one another. */
const MAX_DEPTH = 100;

/** Why a text is not to be read; undefined where it may be. */
export function beyondBounds(text: string, bounds: YamlBounds): string | undefined {
  if (text.length > bounds.characters) return `it has more than ${bounds.characters} characters`;
  let tokens = 0;
  let markedKeys = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '?') markedKeys++;
    else if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (++tokens > bounds.tokens) return `it has more than ${bounds.tokens} words and signs`;
    if (markedKeys > bounds.markedKeys)
      return `it marks more than ${bounds.markedKeys} keys by a question mark`;
    if (depth > MAX_DEPTH) return `its brackets stand more than ${MAX_DEPTH} deep in one another`;
  }
  return undefined;
}
