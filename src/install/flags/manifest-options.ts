/** The parsed flags of `watchsieve inject` and `watchsieve uninject`. Pure. */
import type { Choice } from '../inject/choose.ts';
import type { HubWish } from '../inject/hub.ts';
import type { Leading } from '../inject/leading.ts';
import { contradictionsOf, type Resources, resourcesOf } from '../inject/resources.ts';
import { HUB_ALONE, problemsOfHubAlone, type Variant } from '../inject/hub-alone.ts';
import { Flags, type Parsed } from '../../config/flags.ts';
import { INSTALL, INSTALL_ROWS } from './rows.ts';

export interface ManifestOptions {
  /** Files and directories; `-` is standard input. */
  readonly inputs: readonly string[];
  readonly choice: Choice;
  readonly output: 'stdout' | 'in-place' | 'diff';
  /** True if it is no failure that there is nothing to do. */
  readonly allowNone: boolean;
  /** Only for `inject`. */
  readonly sidecar: SidecarWishes;
}

export interface SidecarWishes {
  readonly image: string;
  readonly variant: Variant;
  readonly hasNativeSidecars: boolean;
  readonly leading: Leading;
  readonly port: number | undefined;
  readonly preset: string | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
  readonly hub: HubWish | undefined;
}

/** Since 1.29, native sidecars need no feature gate (KEP-753). */
const FIRST_NATIVE_MINOR = 29;

/** Reads the flags. All problems with their values are found at once. */
export function parseManifestOptions(
  command: 'inject' | 'uninject',
  argv: readonly string[],
): Parsed<ManifestOptions> {
  const flags = new Flags(argv, INSTALL_ROWS[command], true);
  const { problems, words: inputs } = flags;
  const [inPlace, dryRun] = [flags.has(INSTALL.inPlace), flags.has(INSTALL.dryRun)];
  if (inputs.length === 0) problems.push('name files or directories, or - for standard input');
  if (inputs.filter((input) => input === '-').length > 1) problems.push('- can be named only once');
  if (inPlace && dryRun) problems.push('--in-place and --dry-run exclude each other');
  if (inPlace && inputs.includes('-')) problems.push('--in-place cannot write standard input');
  const sidecar = sidecarWishes(flags);
  if (command === 'inject') problems.push(...problemsOf(flags, sidecar), ...refusedAmounts(sidecar));
  if (problems.length > 0) return { problems };
  return {
    ok: {
      inputs,
      choice: { names: flags.all(INSTALL.name), selector: flags.one(INSTALL.selector) },
      output: inPlace ? 'in-place' : dryRun ? 'diff' : 'stdout',
      allowNone: flags.has(INSTALL.allowNone),
      sidecar,
    },
  };
}

/** No registry has an image, and an invented name would keep a speaker from starting. */
const NO_IMAGE =
  'no image is named. Build one, push it to a registry that your nodes can reach, and name it: ' +
  '--image registry.example.com/watchsieve:VERSION (docs/install.md)';

/** The flags that `inject` and `webhook` share. */
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
    // A malformed value is a problem of its own, and no second one.
    resources: resourcesOf(flags.all(INSTALL.requests).at(-1), flags.all(INSTALL.limits).at(-1)),
    hub: hubWish(flags),
  };
}

function hubWish(flags: Flags): HubWish | undefined {
  const urls = flags.one(INSTALL.hub);
  if (urls === undefined) return undefined;
  return {
    urls,
    serverName: flags.one(INSTALL.hubServerName),
    caConfigMap: flags.one(INSTALL.hubCaConfigMap),
  };
}

/** Only of `inject`: the webhook raises such a limit when it fits the amounts to the rules of a namespace. */
function refusedAmounts({ resources }: SidecarWishes): string[] {
  const { requests, limits } = resources;
  return contradictionsOf(resources).map(
    (name) =>
      `--requests ${name}=${requests[name] ?? ''} is above --limits ${name}=${limits[name] ?? ''}: lower the one or raise the other`,
  );
}

/** These flags mean nothing if no sidecar is added. */
const OF_A_SIDECAR = [INSTALL.port, INSTALL.requests, INSTALL.limits, INSTALL.kubernetesVersion];

/** Problems of flags that are valid on their own. */
export function problemsOf(
  flags: Flags,
  { variant, hasNativeSidecars, leading, hub }: SidecarWishes,
): string[] {
  const problems: string[] = [];
  const hasImage = (flags.text(INSTALL.image) ?? '') !== '';
  const isMisspelt = flags.text(INSTALL.variant) !== undefined && flags.one(INSTALL.variant) === undefined;
  if (variant === HUB_ALONE) {
    const isNamed = flags.text(INSTALL.hub) !== undefined;
    problems.push(...problemsOfHubAlone(hub?.urls ?? (isNamed ? [] : undefined), leading));
    const idle = OF_A_SIDECAR.filter((row) => flags.text(row) !== undefined);
    if (!hasImage && idle.length > 0)
      problems.push(
        `${idle.map(({ flag }) => `--${flag}`).join(', ')}: variant ${HUB_ALONE} adds no sidecar; leave them out, or name the --image of those that annotations ask for`,
      );
  } else if (!hasImage && !isMisspelt) problems.push(NO_IMAGE);
  if (flags.text(INSTALL.hub) === undefined)
    for (const row of [INSTALL.hubServerName, INSTALL.hubCaConfigMap].filter(
      (one) => flags.text(one) !== undefined,
    ))
      problems.push(`--${row.flag} needs a hub: set --hub too`);
  if (variant === 'native' && !hasNativeSidecars)
    problems.push(
      `--variant native needs Kubernetes 1.29 or newer, and --kubernetes-version is ${flags.text(INSTALL.kubernetesVersion) ?? ''}: leave out one of the two`,
    );
  return problems;
}
