/** What is given for a command's rows: each value as its kind reads it, or what is wrong with it. Pure. */
import { didYouMean } from './given.ts';
import { type GivenFlag, readRows } from './read-rows.ts';
import type { Setting } from './setting.ts';

export class Flags {
  /** What is wrong, in all; whoever looks further may add to it. */
  readonly problems: string[];
  readonly words: readonly string[];
  readonly #given: readonly GivenFlag<Setting<unknown>>[];

  constructor(argv: readonly string[], rows: readonly Setting<unknown>[], takesWords = false) {
    const { given, words, problems } = readRows(argv, rows, takesWords);
    this.#given = given;
    this.words = words;
    this.problems = [...problems];
    for (const { row, text } of given)
      if (row.parse(text) === undefined) {
        const guess = row.kind.label.includes('|') ? didYouMean(text, row.kind.label.split('|')) : '';
        this.problems.push(`--${row.flag} must be ${row.kind.allowed}, not "${text}"${guess}`);
      }
  }

  /** The last that was given; else, or where that is no value, what holds without the flag. */
  one<T>(row: Setting<T>): T {
    return this.all(row).at(-1) ?? row.fallback;
  }

  all<T>(row: Setting<T>): NonNullable<T>[] {
    const values: NonNullable<T>[] = [];
    for (const { row: given, text } of this.#given) {
      const value = given.flag === row.flag ? row.parse(text) : undefined;
      if (value !== undefined && value !== null) values.push(value);
    }
    return values;
  }

  /** Whether a switch was given. */
  has(row: Setting<true | undefined>): boolean {
    return this.one(row) === true;
  }

  /** As it was written. */
  text(row: Setting<unknown>): string | undefined {
    return this.#given.findLast((given) => given.row.flag === row.flag)?.text;
  }
}
