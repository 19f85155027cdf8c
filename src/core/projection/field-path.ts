/**
 * Paths of fields as people write them: `spec.taints`, `status.conditions[type=Ready].status`,
 * `metadata.annotations["example.com/*"]`. Pure.
 */

export interface Step {
  readonly name: string;
  /** Of a list: every element, or those whose field `where` equals `equals`. */
  readonly of: 'all' | { readonly where: string; readonly equals: string } | undefined;
  /** Of a map: the entry with this key, or, where it ends with `*`, those whose keys begin so. */
  readonly key: string | undefined;
}

const STEP =
  /^(?<name>[A-Za-z][A-Za-z0-9]*)(?:\[(?:(?<all>\*)|(?<where>[A-Za-z][A-Za-z0-9]*)=(?<equals>[^\]"]+)|"(?<key>[^"]+)")\])?(?:\.|$)/;

/** Undefined for what is no path. */
export function parseFieldPath(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = path;
  while (rest !== '') {
    const match = STEP.exec(rest);
    const { name, all, where, equals, key } = match?.groups ?? {};
    if (match === null || name === undefined) return undefined;
    const some = where === undefined || equals === undefined ? undefined : { where, equals };
    steps.push({ name, of: all === undefined ? some : 'all', key });
    rest = rest.slice(match[0].length);
    // A dot with nothing behind it.
    if (rest === '' && match[0].endsWith('.')) return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

export function spelled(steps: readonly Step[]): string {
  return steps.map(({ name, of, key }) => `${name}${spelledChoice(of, key)}`).join('.');
}

function spelledChoice(of: Step['of'], key: string | undefined): string {
  if (key !== undefined) return `["${key}"]`;
  if (of === undefined) return '';
  return of === 'all' ? '[*]' : `[${of.where}=${of.equals}]`;
}
