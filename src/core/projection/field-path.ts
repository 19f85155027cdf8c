/**
 * Field paths as users write them: `spec.taints`, `status.conditions[type=Ready].status`,
 * `metadata.annotations["example.com/*"]`. Pure.
 */

export interface Step {
  readonly name: string;
  /** The chosen elements of a list: all, or only those whose field `where` equals `equals`. */
  readonly of: 'all' | { readonly where: string; readonly equals: string } | undefined;
  /** The key of the chosen map entry. A key that ends with `*` chooses all entries whose keys have this prefix. */
  readonly key: string | undefined;
}

const STEP =
  /^(?<name>[A-Za-z][A-Za-z0-9]*)(?:\[(?:(?<all>\*)|(?<where>[A-Za-z][A-Za-z0-9]*)=(?<equals>[^\]"]+)|"(?<key>[^"]+)")\])?(?:\.|$)/;

/** @returns undefined if the text is not a path */
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
    // The path must not end with a dot.
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
