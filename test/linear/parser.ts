/** One reader of text that others write, with the places in its input at which they may write anything. */
export interface Parser {
  /** Below `src`. */
  readonly file: string;
  readonly name: string;
  /** Inputs with `worst` in them, each given to the parser. */
  readonly inputs: (worst: string) => readonly string[];
  readonly parse: (input: string) => unknown;
  /** Longest input that comes to it: something in front of it cuts, or refuses, longer ones (characters). */
  readonly atMost?: number;
}

export const asIs = (worst: string): readonly string[] => [worst];
/** As a string in JSON, and where JSON is expected. */
export const inJson =
  (before: string, behind: string) =>
  (worst: string): readonly string[] => [
    `${before}${JSON.stringify(worst)}${behind}`,
    `${before}${worst}${behind}`,
  ];
