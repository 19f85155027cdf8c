/** One row of a table of settings: of those of `serve` (settings.ts), or of flags of other commands. Pure. */
import { type Kind, text } from './kinds.ts';

/** One row of the table; `T` is the type of its value. */
export interface Setting<T> {
  /** The flag without its dashes; environment name and file key follow from it. */
  readonly flag: string;
  readonly group: string;
  readonly kind: Kind<unknown>;
  /** As the user would write it; undefined where the setting has no value by default. */
  readonly default: string | undefined;
  /** One sentence, plain text. */
  readonly help: string;
  /** Further environment names, weaker than the setting's own. */
  readonly alsoEnv: readonly string[];
  /** Which files may hold it. */
  readonly inFile: InFile;
  /** Whether a change in the file takes effect while running. */
  readonly live: boolean;
  /** Undefined for text that is not of this kind. */
  parse(text: string): T | undefined;
  /** The value where nobody set one. */
  readonly fallback: T;
  /** A letter that means the same as the flag. */
  readonly short?: string | undefined;
  /** Whether the flag takes no value. */
  readonly isSwitch?: boolean | undefined;
}

/**
 * `any`: every config file. `named`: only one that a flag or the environment names, for what says where requests and
 * credentials go, and where the program listens and writes: the file at the default path is a mounted ConfigMap, and
 * who may write that need not be trusted with the client's token. `none`: for the setting that names the file.
 */
export type InFile = 'any' | 'named' | 'none';

export interface Row {
  readonly flag: string;
  readonly group: string;
  readonly help: string;
  readonly alsoEnv?: readonly string[];
  readonly inFile?: InFile;
  readonly live?: boolean;
  readonly short?: string;
  readonly isSwitch?: boolean;
}

const DEFAULT_ROW = { alsoEnv: [], inFile: 'any', live: false } as const;

export function withDefault<T>(row: Row, kind: Kind<T>, initial: string): Setting<T> {
  const fallback = kind.parse(initial);
  if (fallback === undefined) throw new Error(`the default of --${row.flag} must be ${kind.allowed}`);
  const parse = (given: string) => kind.parse(given);
  return { ...DEFAULT_ROW, ...row, kind, default: initial, parse, fallback };
}

export function optional<T>(row: Row, kind: Kind<T>): Setting<T | undefined> {
  const parse = (given: string) => kind.parse(given);
  return { ...DEFAULT_ROW, ...row, kind, default: undefined, parse, fallback: undefined };
}

/** The row of a flag that is nothing else: no variable, and no key of a file. */
export function flagRow(group: string, flag: string, help: string, more: Pick<Row, 'short'> = {}): Row {
  return { group, flag, help, inFile: 'none', ...more };
}

/** A flag without a value. */
export function turnedOn(group: string, flag: string, help: string): Setting<true | undefined> {
  return optional(
    { ...flagRow(group, flag, help), isSwitch: true },
    text('', 'nothing', () => true as const),
  );
}
