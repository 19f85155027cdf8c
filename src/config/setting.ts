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
  /** Which files may hold it, where it is no flag alone. */
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
  /** Whether a flag that is given again adds to what was given, and does not replace it. */
  readonly repeats?: boolean | undefined;
}

/**
 * `any`: every config file. `named`: only one that a flag or the environment names, for what says where requests and
 * credentials go, and where the program listens and writes: the file at the default path is a mounted ConfigMap, and
 * who may write that need not be trusted with the client's token. `none`: for the setting that names the file.
 */
export type InFile = 'any' | 'named' | 'none';

type Said = 'default' | 'alsoEnv' | 'inFile' | 'live' | 'short' | 'isSwitch' | 'repeats';
/** What is said of a row besides where it stands and what its values are. */
type More = Pick<Setting<unknown>, 'help'> & Partial<Pick<Setting<unknown>, Said>>;

const USUAL = { default: undefined, alsoEnv: [], inFile: 'any', live: false } as const;

export function setting<T>(
  group: string,
  flag: string,
  kind: Kind<T>,
  more: More & { readonly default: string },
): Setting<T>;
export function setting<T>(group: string, flag: string, kind: Kind<T>, more: More): Setting<T | undefined>;
export function setting<T>(group: string, flag: string, kind: Kind<T>, more: More): Setting<T | undefined> {
  const fallback = more.default === undefined ? undefined : kind.parse(more.default);
  if (more.default !== undefined && fallback === undefined)
    throw new Error(`the default of --${flag} must be ${kind.allowed}`);
  return { ...USUAL, ...more, group, flag, kind, parse: (given) => kind.parse(given), fallback };
}

/** A flag without a value. */
export function turnedOn(group: string, flag: string, help: string): Setting<true | undefined> {
  const kind = text('', 'nothing', () => true as const);
  return setting(group, flag, kind, { help, isSwitch: true });
}
