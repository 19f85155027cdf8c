/**
 * Limits how much YAML is parsed. For some texts, the library's composer takes time that grows with the square or the
 * cube of their length (32 KiB of `? ` take three minutes), and its recursion is as deep as the text. Its lexer has
 * neither problem, so its tokens are counted first. Pure.
 */
import { Lexer } from 'yaml';

export interface YamlBounds {
  readonly characters: number;
  /** Scalars, indicators, spaces and line ends. A line with a key and a value has five. */
  readonly tokens: number;
  /** Keys that are marked by `?`. */
  readonly markedKeys: number;
}

/** The nesting of `[` and `{`. */
const MAX_DEPTH = 100;

/** The reason why a text must not be parsed; undefined if it may be. */
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
