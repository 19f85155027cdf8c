/** The values that a command line gives to rows of flags, each parsed by its kind, or the problems. Pure. */
import { didYouMean } from './given.ts';
import { readRows } from './read-rows.ts';
import type { Setting } from './setting.ts';

export type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

interface GivenValue {
  readonly flag: string;
  readonly text: string;
  /** Undefined if the text is not a value of its kind. */
  readonly value: unknown;
}

export class Flags {
  /** All problems. Callers may add further ones. */
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

  /** The last value given; if there is none or it is invalid, the default. */
  one<T>(row: Setting<T>): T {
    return this.all(row).at(-1) ?? row.fallback;
  }

  all<T>(row: Setting<T>): NonNullable<T>[] {
    // Values of this flag were parsed by this row.
    return this.#given.flatMap(({ flag, value }) => (flag === row.flag ? [value as T] : [])).filter(isThere);
  }

  has(row: Setting<true | undefined>): boolean {
    return this.one(row) === true;
  }

  /** The text as the user wrote it. */
  text(row: Setting<unknown>): string | undefined {
    return this.#given.findLast(({ flag }) => flag === row.flag)?.text;
  }
}

function isThere<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}
