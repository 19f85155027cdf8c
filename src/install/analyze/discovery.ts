/** The resources of the cluster, from the API server's discovery, and the resource that a word means. */
import { didYouMean } from '../../config/given.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { listAt } from '../../platform/text/json-value.ts';
import { fieldOf, nameAt } from './values.ts';

/** Secrets must not be shown: they are only counted, and only if they were named. */
export function isSecret({ group, plural }: Collection): boolean {
  return group === '' && plural === 'secrets';
}

interface Found extends Collection {
  /** Other names: singular, short names, kind. */
  readonly aliases: readonly string[];
}

/**
 * The most groups that are asked, and the most versions of each; a cluster has some dozens of groups with up to four
 * versions.
 */
const MAX_GROUPS = 500;
const MAX_VERSIONS = 10;
const MAX_RESOURCES = 5000;
/** The form of names that become part of a path. */
const SAFE = /^[a-z0-9][a-z0-9.-]{0,252}$/;

/** All resources that can be watched. @param get - returns the JSON at a path; undefined if a group cannot be asked */
export async function watchable(get: (path: string) => Promise<unknown>): Promise<readonly Found[]> {
  const core = resourcesOf(await get('/api/v1'), '', 'v1');
  const groups = listAt(await get('/apis'), 'groups').slice(0, MAX_GROUPS);
  const found = [...core];
  for (const group of groups) {
    const name = nameAt(group, 'name');
    if (!SAFE.test(name)) continue;
    const known = new Set<string>();
    for (const version of versionsOf(group)) {
      const more = resourcesOf(await get(`/apis/${name}/${version}`), name, version);
      found.push(...more.filter(({ plural }) => !known.has(plural)));
      for (const { plural } of more) known.add(plural);
    }
    if (found.length > MAX_RESOURCES) break;
  }
  return found.slice(0, MAX_RESOURCES);
}

/**
 * The preferred version comes first. A resource in several versions is watched in the first; some exist only in others.
 */
function versionsOf(group: unknown): readonly string[] {
  const others = listAt(group, 'versions').map((one) => nameAt(one, 'version'));
  const all = new Set([nameAt(group, 'preferredVersion', 'version'), ...others]);
  return [...all].filter((version) => SAFE.test(version)).slice(0, MAX_VERSIONS);
}

function resourcesOf(list: unknown, group: string, version: string): Found[] {
  return listAt(list, 'resources').flatMap((entry) => {
    const plural = nameAt(entry, 'name');
    // A name with a slash is a subresource.
    if (!SAFE.test(plural) || !listAt(entry, 'verbs').includes('watch')) return [];
    const aliases = [
      nameAt(entry, 'singularName'),
      nameAt(entry, 'kind').toLowerCase(),
      ...listAt(entry, 'shortNames').filter((alias) => typeof alias === 'string'),
    ].filter((alias) => alias !== '');
    return [{ group, version, plural, namespaced: fieldOf(entry, 'namespaced') === true, aliases }];
  });
}

/** The resource that a word means, or a problem if there is none. */
export function chosen(
  word: string,
  all: readonly Found[],
): { readonly ok: Collection } | { readonly problem: string } {
  const wanted = word.toLowerCase();
  const named = (one: Found): boolean => {
    const names = [one.plural, ...one.aliases];
    return names.some((name) => name === wanted || (one.group !== '' && `${name}.${one.group}` === wanted));
  };
  // Full names come first: `events` is also a resource of another group, for which it could be the short name.
  const found = all.find((one) => nameOf(one) === wanted) ?? all.find(named);
  if (found !== undefined) return { ok: found };
  const names = all.flatMap((one) => [one.plural, nameOf(one), ...one.aliases]);
  return {
    problem: `the API server has no resource ${word} that can be watched${didYouMean(wanted, names)}`,
  };
}
