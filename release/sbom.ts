/** What is bundled, as CycloneDX: npm's own bill of materials, less all that is only used to build and to test. */
import { parseJson } from '../test/support/json-value.ts';

interface Component {
  readonly name?: string;
  readonly version?: string;
  readonly group?: string;
  readonly 'bom-ref'?: string;
}

interface Bom {
  readonly metadata?: object;
  readonly components?: readonly Component[];
  readonly dependencies?: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** `name@version` of each package whose code is in the bundle, as its notices name them. */
export function bundledPackages(notices: string): string[] {
  const headings = notices.matchAll(/^-{80}\n\n(\S+) (\d\S*) \(/gm);
  return [...headings].map(([, name = '', version = '']) => `${name}@${version}`);
}

/**
 * @param npmSbom what `npm sbom` says
 * @param time - seconds since 1970: of the commit, so that the same is always told in the same words
 */
export function bundledSbom(npmSbom: string, bundled: readonly string[], time: number): object {
  // npm counts its tellings by a number that is random.
  const { serialNumber: _, ...bom } = parseJson(npmSbom) as Bom & { readonly serialNumber?: string };
  const wanted = new Set(bundled);
  const isBundled = (ref: string | undefined) => ref !== undefined && wanted.has(ref);
  const components = (bom.components ?? []).filter((component) => isBundled(component['bom-ref']));
  const there = new Set(components.map((component) => component['bom-ref']));
  const missing = bundled.filter((name) => !there.has(name));
  if (missing.length > 0) throw new Error(`npm sbom does not know what is bundled: ${missing.join(', ')}`);
  return {
    ...bom,
    metadata: { ...bom.metadata, timestamp: new Date(time * 1000).toISOString() },
    components,
    dependencies: (bom.dependencies ?? [])
      .filter(({ ref }) => there.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((on) => there.has(on)) })),
  };
}
