/** The flags of `watchsieve inject` and `watchsieve uninject`. Pure. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { didYouMean } from '../config/given.ts';
import type { Choice } from '../install/inject/choose.ts';
import { parsePort, PORT_RANGE } from '../install/inject/plan.ts';
import {
  type Amounts,
  DEFAULT_RESOURCES,
  parseAmounts,
  type Resources,
} from '../install/inject/resources.ts';
import { parseLabelSelector } from '../install/inject/selector.ts';
import { type Variant, VARIANTS } from '../install/inject/sidecar.ts';
import { PRESETS } from '../core/projection/presets.ts';

/** What both commands are told. */
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
  readonly port: number | undefined;
  readonly preset: string | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
}

export type ParsedManifestOptions =
  | { readonly ok: ManifestOptions & SidecarWishes }
  | { readonly help: true }
  | { readonly problems: readonly string[] };

const WHICH = `  --name NAME        this workload, as speaker or metallb-system/speaker; may be
                     repeated
  --selector LABELS  workloads with these labels, as app=metallb,component=speaker
`;

const OUTPUT = `  --in-place         write the files instead of standard output
  --dry-run          show what would change, as a unified diff
  --allow-none       nothing to do is no failure
`;

export const INJECT_USAGE = `Usage: watchsieve inject [flags] FILE|DIR|-...

Adds the sidecar to workloads in Kubernetes manifests (YAML or JSON) and writes
all of them to standard output. DIR means every .yaml, .yml and .json file in it,
- standard input, so that it serves as a Helm post-renderer. Everything but what
is added stays as it is written. What was injected before is brought up to date.

Without --name and --selector: the speaker of MetalLB and frr-k8s, wherever they
are found. In any case: workloads with the annotation watchsieve.dev/inject "true",
and none with "false".

${WHICH}
  --image IMAGE      of the sidecar, where your nodes find it; there is no default
  --variant VARIANT  native, for Kubernetes 1.29 or newer, or ordinary [native]
  --kubernetes-version VERSION
                     choose the variant for it, as 1.28
  --port PORT        first of three ports in a row: proxy, admin, metrics [17480];
                     those of frr-k8s are 10 higher
  --preset PRESET    ${PRESETS.join(', ')}
                     [metallb; labels for frr-k8s]
  --container NAME   which container is the client, where it is not plain
  --requests AMOUNTS of the sidecar [cpu=50m,memory=128Mi]
  --limits AMOUNTS   of the sidecar [memory=256Mi], and cpu=500m where each
                     container of the Pod has a limit for CPU

${OUTPUT}
The annotations watchsieve.dev/preset, /container, /variant and /port on a workload
or its Pod template win over flags.

Exit code 0 when all went well, 1 when there was nothing to do or something stood
in the way (then nothing is written), 2 for wrong flags or files that cannot be
read.
`;

export const UNINJECT_USAGE = `Usage: watchsieve uninject [flags] FILE|DIR|-...

Takes the sidecar out of Kubernetes manifests again. What comes from inject becomes
what it was before, byte for byte.

${WHICH}
${OUTPUT}
Exit codes as of inject.
`;

const COMMON = {
  help: { type: 'boolean', short: 'h' },
  name: { type: 'string', multiple: true },
  selector: { type: 'string', short: 'l' },
  'in-place': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'allow-none': { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

/** Of `inject` and `webhook`. */
export const SIDECAR_FLAGS = {
  image: { type: 'string' },
  variant: { type: 'string' },
  'kubernetes-version': { type: 'string' },
  port: { type: 'string' },
  preset: { type: 'string' },
  container: { type: 'string' },
  requests: { type: 'string' },
  limits: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** Reads the flags; every problem with their values is found at once. */
export function parseManifestOptions(
  command: 'inject' | 'uninject',
  argv: readonly string[],
): ParsedManifestOptions {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: { ...COMMON, ...SIDECAR_FLAGS }, allowPositionals: true });
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { help: true };
  const problems: string[] = [];
  if (command === 'uninject')
    for (const flag of Object.keys(SIDECAR_FLAGS))
      if (flag in values) problems.push(`unknown flag --${flag}`);
  if (positionals.length === 0) problems.push('name files or directories, or - for standard input');
  if (positionals.filter((input) => input === '-').length > 1) problems.push('- can be named only once');
  if (values['in-place'] === true && values['dry-run'] === true)
    problems.push('--in-place and --dry-run exclude each other');
  if (values['in-place'] === true && positionals.includes('-'))
    problems.push('--in-place cannot write standard input');
  const selector = values.selector === undefined ? undefined : parseLabelSelector(values.selector);
  if (values.selector !== undefined && selector === undefined)
    problems.push(`--selector must be labels as app=metallb,component=speaker, not "${values.selector}"`);
  const wishes =
    command === 'inject' ? sidecarWishes(values, problems) : sidecarWishes({ image: 'none' }, problems);
  if (problems.length > 0) return { problems };
  return {
    ok: {
      inputs: positionals,
      choice: { names: values.name ?? [], selector },
      output: values['in-place'] === true ? 'in-place' : values['dry-run'] === true ? 'diff' : 'stdout',
      allowNone: values['allow-none'] === true,
      ...wishes,
    },
  };
}

/** No registry has it: a name that is made up here would keep a speaker from starting. */
const NO_IMAGE =
  'which image? Build it, push it where your nodes find it, and name it: ' +
  '--image registry.example.com/watchsieve:VERSION (docs/install.md)';

/** @param problems is added to */
export function sidecarWishes(
  values: Partial<Record<keyof typeof SIDECAR_FLAGS, string>>,
  problems: string[],
): SidecarWishes {
  const { image = '', variant: wish, preset, container } = values;
  if (image === '') problems.push(NO_IMAGE);
  else if (!/^[\w.-][^\s"'\\]*$/.test(image)) problems.push(`--image must be an image, not "${image}"`);
  const variant = VARIANTS.find((known) => known === wish);
  if (wish !== undefined && variant === undefined)
    problems.push(`--variant must be ${VARIANTS.join(' or ')}, not "${wish}"${didYouMean(wish, VARIANTS)}`);
  const release = values['kubernetes-version'];
  const minor = release === undefined ? undefined : /^v?1\.(\d{1,3})(?:$|[.+-])/.exec(release)?.[1];
  if (release !== undefined && minor === undefined)
    problems.push(`--kubernetes-version must be as 1.28 or v1.31.2, not "${release}"`);
  if (preset !== undefined && !PRESETS.some((known) => known === preset))
    problems.push(
      `--preset must be one of ${PRESETS.join(', ')}, not "${preset}"${didYouMean(preset, PRESETS)}`,
    );
  const port = values.port === undefined ? undefined : parsePort(values.port);
  if (values.port !== undefined && port === undefined)
    problems.push(`--port must be ${PORT_RANGE}, not "${values.port}"`);
  const resources = {
    requests: amounts('requests', values.requests, problems),
    limits: amounts('limits', values.limits, problems),
  };
  const fitting = variantFor(minor);
  if (variant === 'native' && fitting === 'ordinary')
    problems.push(
      `--variant native needs Kubernetes 1.29 or newer, and --kubernetes-version is ${release ?? ''}: leave out one of both`,
    );
  const hasNativeSidecars = fitting === 'native';
  return { image, variant: variant ?? fitting, hasNativeSidecars, port, preset, container, resources };
}

function amounts(flag: 'requests' | 'limits', text: string | undefined, problems: string[]): Amounts {
  const known = text === undefined ? undefined : parseAmounts(text);
  if (text !== undefined && known === undefined)
    problems.push(`--${flag} must be amounts as cpu=50m,memory=128Mi, not "${text}"`);
  return known ?? DEFAULT_RESOURCES[flag];
}

/** Native sidecars are there without a feature gate since 1.29 (KEP-753). */
function variantFor(minor: string | undefined): Variant {
  return minor !== undefined && Number(minor) < 29 ? 'ordinary' : 'native';
}
