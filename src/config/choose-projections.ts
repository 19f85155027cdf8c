/** Resolves the names in settings: which resources are sieved, and by which projections. Reports all problems. Pure. */
import { customProjection, type ProjectionDefinition } from '../core/projection/custom-projection.ts';
import type { Projection, SievedResource } from '../core/projection/filter.ts';
import { nearest } from '../core/projection/nearest.ts';
import { PRESETS, projectionOf } from '../core/projection/presets.ts';
import { builtIn, CONTENT, contentOf, KNOWN } from '../core/projection/projections-of.ts';
import { type BuiltIns, resourceNamed } from '../core/resource/named.ts';
import { NODES } from '../core/resource/node.ts';
import { identityOf, nameOf, type Resource } from '../core/resource/resource.ts';
import { didYouMean, type Given, type Source } from './given.ts';
import { entriesOfText, type ResourceEntry } from './read-resources.ts';
import { type Derived, SETTINGS } from './settings.ts';

type Chosen = Pick<Derived, 'projection' | 'sieved' | 'ownProjections'>;

/**
 * @param given strongest source first; values hidden by a stronger source are checked too
 * @param builtIns the built-in resources that the settings name
 */
export function chooseProjections(
  given: readonly Given[],
  file: Source,
  builtIns: BuiltIns,
): Chosen & { readonly problems: readonly string[] } {
  const chooser = new Chooser(file, builtIns);
  const [projection = chooser.preset(SETTINGS.preset.fallback, '--preset')] = given
    .filter(({ field }) => field === 'preset')
    .map(({ text, source }) => chooser.preset(text, source));
  const [others = []] = given
    .filter(({ field }) => field === 'resources')
    .map(({ text, source, entries }) => chooser.resources(entries ?? entriesOfText(text, source)));
  const ownProjections = chooser.ofNodes();
  return {
    projection,
    sieved: [{ resource: NODES, projection }, ...others],
    ownProjections,
    problems: chooser.problems,
  };
}

class Chooser {
  readonly problems: string[] = [];
  readonly #file: Source;
  readonly #builtIns: BuiltIns;
  /** For each projection name, the resources for which it was looked up. */
  readonly #uses = new Map<string, Set<Resource>>();

  constructor(file: Source, builtIns: BuiltIns) {
    this.#file = file;
    this.#builtIns = builtIns;
  }

  /** If a name is unknown, any projection will do, because the program does not start with a problem. */
  preset(name: string, source: string): Projection {
    const otherwise = projectionOf('metallb');
    const found = this.#defined(NODES, name) ?? builtIn(NODES, name);
    if (found !== undefined) return found === 'told' ? otherwise : found;
    // The name may be defined in the part of the file that could not be read and was reported.
    const isTold = this.#file.definitions === undefined && this.#file.problems.length > 0;
    if (isTold && SETTINGS.preset.parse(name) !== undefined) return otherwise;
    const guess = didYouMean(name, [...KNOWN, ...(this.#file.definitions?.keys() ?? [])]);
    this.problems.push(`${source} must be ${SETTINGS.preset.kind.allowed}, not "${name}"${guess}`);
    return otherwise;
  }

  resources(entries: readonly ResourceEntry[]): readonly SievedResource[] {
    const sieved = new Map<string, SievedResource>();
    for (const entry of entries) {
      const resource = this.#resource(entry);
      if (resource === undefined) continue;
      const known = identityOf(resource);
      if (sieved.has(known)) this.problems.push(`${entry.told()} is named twice`);
      sieved.set(known, { resource, projection: this.#projectionFor(resource, entry) });
    }
    return [...sieved.values()];
  }

  /**
   * The file's projections for Nodes, by name. A definition that nothing uses counts as one for Nodes, so that its
   * problems are reported.
   */
  ofNodes(): ReadonlyMap<string, Projection> {
    const found = new Map<string, Projection>();
    for (const [name, { definition }] of this.#file.definitions ?? []) {
      if (definition === undefined) continue;
      const made = this.#uses.has(name) ? customProjection(NODES, name, definition) : undefined;
      const projection =
        made === undefined ? this.#defined(NODES, name) : 'projection' in made ? made.projection : undefined;
      if (projection !== undefined && projection !== 'told') found.set(name, projection);
    }
    return found;
  }

  #resource({ name, told }: ResourceEntry): Resource | undefined {
    const found = resourceNamed(name, this.#builtIns);
    if (found === NODES) this.problems.push(`${told()}: Nodes are sieved by preset`);
    else if (typeof found === 'object') return found;
    else this.problems.push(`${told()} ${notNamed(name, found, this.#builtIns.names)}`);
    return undefined;
  }

  #projectionFor(resource: Resource, { name: written, projection, told }: ResourceEntry): Projection {
    const otherwise = contentOf(resource);
    if (projection === undefined) return otherwise;
    if (typeof projection === 'object')
      return this.#made(resource, { name: written, definition: projection, told }) ?? otherwise;
    const found = this.#defined(resource, projection) ?? builtIn(resource, projection);
    if (found !== undefined) return found === 'told' ? otherwise : found;
    const names = [CONTENT, ...(this.#file.definitions?.keys() ?? [])];
    const isPreset = PRESETS.some((preset) => preset === projection);
    const what = isPreset
      ? `the preset ${projection} is only for Nodes`
      : `there is no projection ${projection}`;
    this.problems.push(`${told()}: ${what}${didYouMean(projection, names)}; there are ${names.join(', ')}`);
    return otherwise;
  }

  /** The projection that the file defines; `told` if its definition is wrong and was reported. */
  #defined(resource: Resource, name: string): Projection | 'told' | undefined {
    const known = this.#file.definitions?.get(name);
    if (known === undefined) return undefined;
    const { definition, told } = known;
    const uses = this.#uses.get(name) ?? new Set();
    const isTold = uses.has(resource);
    this.#uses.set(name, uses.add(resource));
    if (definition === undefined) return 'told';
    const of = resource === NODES ? '' : ` for ${nameOf(resource)}`;
    return this.#made(resource, { name, definition, told: (path) => `${told(path)}${of}` }, isTold) ?? 'told';
  }

  #made(
    resource: Resource,
    of: {
      readonly name: string;
      readonly definition: ProjectionDefinition;
      readonly told: (path?: string) => string;
    },
    isTold = false,
  ): Projection | undefined {
    const made = customProjection(resource, of.name, of.definition);
    if ('projection' in made) return made.projection;
    if (!isTold)
      this.problems.push(...made.problems.map(({ path, message }) => `${of.told(path)}: ${message}`));
    return undefined;
  }
}

function notNamed(
  name: string,
  why: Exclude<ReturnType<typeof resourceNamed>, Resource>,
  known: readonly string[],
): string {
  if (why === 'other-kind') return 'names a kind that this resource does not have at this version';
  if (why === 'malformed')
    return 'is not the name of a resource, such as pods, leases.coordination.k8s.io or ciliumnodes.cilium.io/v2/CiliumNode';
  const guess = nearestResource(name, known);
  return `is not known${guess === undefined ? '' : ` (did you mean ${guess}?)`}: its version and kind are needed too, for example ${name}/v1/KIND`;
}

/**
 * A name without its group, or with only the beginning of its group, means the whole name: `deployments` means
 * `deployments.apps`. A misspelled name without a dot is compared with the plural names.
 */
function nearestResource(name: string, known: readonly string[]): string | undefined {
  const whole = known.find((one) => one.startsWith(`${name}.`));
  if (whole !== undefined || name.includes('.')) return whole ?? nearest(name, known);
  const plural = nearest(name, known.map(pluralOf));
  return known.find((one) => pluralOf(one) === plural);
}

function pluralOf(name: string): string {
  return name.split('.', 1)[0] ?? '';
}
