/**
 * The command line → the values given for rows of a table of flags. Defines the syntax after the command's name. Pure.
 */
import { parseArgs } from 'node:util';
import { didYouMean } from './given.ts';
import type { Kind } from './kinds.ts';

export interface FlagRow {
  /** The name without dashes. */
  readonly flag: string;
  readonly kind: Pick<Kind<unknown>, 'allowed'>;
  /** A letter with the same meaning. */
  readonly short?: string | undefined;
  /** True if the flag takes no value. */
  readonly isSwitch?: boolean | undefined;
}

export interface GivenFlag<R> {
  readonly row: R;
  /** Empty for a switch. */
  readonly text: string;
  /** The flag as the user wrote it. */
  readonly source: string;
}

export interface ReadRows<R> {
  readonly given: readonly GivenFlag<R>[];
  /** The arguments that are not flags, if they are allowed. */
  readonly words: readonly string[];
  readonly problems: readonly string[];
}

/** parseArgs takes each letter after one dash as a flag, and its recursion is limited by the stack. */
const MAX_LETTERS = 100;

/** Reads `--name value`, `--name=value` and `-n value`. All mistakes are found at once. */
export function readRows<R extends FlagRow>(
  argv: readonly string[],
  rows: readonly R[],
  takesWords = false,
): ReadRows<R> {
  const known = new Map<string, R>(
    rows.flatMap((row) => [
      [`--${row.flag}`, row] as const,
      ...(row.short === undefined ? [] : [[`-${row.short}`, row] as const]),
    ]),
  );
  // parseArgs gets no option definitions, so it does not pair flags with values and does not stop at mistakes. Pairing
  // them here finds every mistake, where its strict mode finds only the first, and keeps a flag from taking the next
  // flag as its value.
  const args = argv.filter((arg) => !isEndless(arg));
  const { tokens } = parseArgs({ args, strict: false, allowPositionals: true, tokens: true });
  const given: GivenFlag<R>[] = [];
  const words: string[] = [];
  const problems = argv.filter(isEndless).map((arg) => `unknown flag ${arg.slice(0, MAX_LETTERS)}...`);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (takesWords) words.push(token.value);
      else problems.push(`unexpected argument "${token.value}"`);
      continue;
    }
    const source: string = token.rawName;
    const row = known.get(source);
    let text = token.value;
    const next = tokens[i + 1];
    const isFollowed = next?.kind === 'positional' && next.index === token.index + 1;
    if (text === undefined && row?.isSwitch !== true && isFollowed) {
      text = next.value;
      i++;
    }
    if (row === undefined) problems.push(`unknown flag ${source}${didYouMean(source, [...known.keys()])}`);
    else if (row.isSwitch === true && text !== undefined) problems.push(`${source} takes no value`);
    else if (row.isSwitch !== true && text === undefined)
      problems.push(`${source} needs a value: ${row.kind.allowed}`);
    else given.push({ row, text: text ?? '', source });
  }
  return { given, words, problems };
}

function isEndless(arg: string): boolean {
  return arg.length > MAX_LETTERS && /^-[^-]/.test(arg);
}
