/** What is given for a command's rows: each value as its kind reads it, or what is wrong with it. Pure. */
import { didYouMean } from './given.ts';
import { readRows } from './read-rows.ts';
import type { Setting } from './setting.ts';

/** Options that are right, or all that is wrong with them. */
export type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

interface GivenValue {
  readonly flag: string;
  readonly text: string;
  /** Undefined where the text is no value of its kind. */
  readonly value: unknown;
}

export class Flags {
  /** What is wrong, in all; whoever looks further may add to it. */
  readonly problems: string[];
  readonly words: readonly string[];
  readonly #given: readonly GivenValue[];

  constructor(argv: readonly string[], rows: readonly Setting<unknown>[], takesWords = false) {
    const { given, words, problems } = readRows(argv, rows, takesWords);
    this.words = words;
    this.problems = [...problems];
    this.#given = given.map(({ row, text }) => {
      const { flag, kind } = row;
      const value = row.parse(text);
      if (value === undefined) {
        const guess = kind.label.includes('|') ? didYouMean(text, kind.label.split('|')) : '';
        this.problems.push(`--${flag} must be ${kind.allowed}, not "${text}"${guess}`);
      }
      return { flag, text, value };
    });
  }

  /** The last that was given; else, or where that is no value, what holds without the flag. */
  one<T>(row: Setting<T>): T {
    return this.all(row).at(-1) ?? row.fallback;
  }

  all<T>(row: Setting<T>): NonNullable<T>[] {
    // What was read for this flag was read by this row.
    return this.#given.flatMap(({ flag, value }) => (flag === row.flag ? [value as T] : [])).filter(isThere);
  }

  /** Whether a switch was given. */
  has(row: Setting<true | undefined>): boolean {
    return this.one(row) === true;
  }

  /** As it was written. */
  text(row: Setting<unknown>): string | undefined {
    return this.#given.findLast(({ flag }) => flag === row.flag)?.text;
  }
}

function isThere<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}
