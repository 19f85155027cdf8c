/** The flags of `watchsieve inject` and `watchsieve uninject`, parsed. Pure. */
import type { Choice } from '../inject/choose.ts';
import type { Leading } from '../inject/leading.ts';
import type { Resources } from '../inject/resources.ts';
import type { Variant } from '../inject/sidecar.ts';
import { Flags } from '../../config/flags.ts';
import { INSTALL, INSTALL_ROWS } from './rows.ts';

/** Options of both commands. */
export interface ManifestOptions {
  /** Files and directories; `-` is standard input. */
  readonly inputs: readonly string[];
  readonly choice: Choice;
  readonly output: 'stdout' | 'in-place' | 'diff';
  /** Whether it is fine that there is nothing to do. */
  readonly allowNone: boolean;
}

/** What `inject` is told besides. */
export interface SidecarWishes {
  readonly image: string;
  readonly variant: Variant;
  readonly hasNativeSidecars: boolean;
  readonly leading: Leading;
  readonly port: number | undefined;
  readonly preset: string | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
}

export type ParsedManifestOptions =
  { readonly ok: ManifestOptions & SidecarWishes } | { readonly problems: readonly string[] };

/** Native sidecars are there without a feature gate since 1.29 (KEP-753). */
const FIRST_NATIVE_MINOR = 29;

/** Reads the flags; every problem with their values is found at once. */
export function parseManifestOptions(
  command: 'inject' | 'uninject',
  argv: readonly string[],
): ParsedManifestOptions {
  const flags = new Flags(argv, INSTALL_ROWS[command], true);
  const { problems, words: inputs } = flags;
  const [inPlace, dryRun] = [flags.has(INSTALL.inPlace), flags.has(INSTALL.dryRun)];
  if (inputs.length === 0) problems.push('name files or directories, or - for standard input');
  if (inputs.filter((input) => input === '-').length > 1) problems.push('- can be named only once');
  if (inPlace && dryRun) problems.push('--in-place and --dry-run exclude each other');
  if (inPlace && inputs.includes('-')) problems.push('--in-place cannot write standard input');
  const wishes = sidecarWishes(flags);
  if (command === 'inject') problems.push(...problemsOf(flags, wishes));
  if (problems.length > 0) return { problems };
  return {
    ok: {
      inputs,
      choice: { names: flags.all(INSTALL.name), selector: flags.one(INSTALL.selector) },
      output: inPlace ? 'in-place' : dryRun ? 'diff' : 'stdout',
      allowNone: flags.has(INSTALL.allowNone),
      ...wishes,
    },
  };
}

/** No registry has it: a name that is made up here would keep a speaker from starting. */
const NO_IMAGE =
  'which image? Build it, push it where your nodes find it, and name it: ' +
  '--image registry.example.com/watchsieve:VERSION (docs/install.md)';

/** Flags that `inject` and `webhook` share. */
export function sidecarWishes(flags: Flags): SidecarWishes {
  const hasNativeSidecars =
    (flags.one(INSTALL.kubernetesVersion) ?? FIRST_NATIVE_MINOR) >= FIRST_NATIVE_MINOR;
  return {
    image: flags.one(INSTALL.image) ?? '',
    variant: flags.one(INSTALL.variant) ?? (hasNativeSidecars ? 'native' : 'ordinary'),
    hasNativeSidecars,
    leading: flags.one(INSTALL.client),
    port: flags.one(INSTALL.port),
    preset: flags.one(INSTALL.preset),
    container: flags.one(INSTALL.container),
    resources: { requests: flags.one(INSTALL.requests), limits: flags.one(INSTALL.limits) },
  };
}

/** What is wrong with wishes though each flag is right by itself. */
export function problemsOf(flags: Flags, { variant, hasNativeSidecars }: SidecarWishes): string[] {
  const problems: string[] = [];
  if ((flags.text(INSTALL.image) ?? '') === '') problems.push(NO_IMAGE);
  if (variant === 'native' && !hasNativeSidecars)
    problems.push(
      `--variant native needs Kubernetes 1.29 or newer, and --kubernetes-version is ${flags.text(INSTALL.kubernetesVersion) ?? ''}: leave out one of both`,
    );
  return problems;
}
