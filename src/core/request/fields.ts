/** Headers are kept flat, as `[name, value, ...]`, which preserves order, spelling and repeated fields. */

export function fieldsOf(flat: readonly string[]): [name: string, value: string][] {
  const fields: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) fields.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return fields;
}

/** Removes some fields. @param isDropped - gets each name in lower case */
export function without(flat: readonly string[], isDropped: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] ?? '';
    if (!isDropped(name.toLowerCase())) kept.push(name, flat[at + 1] ?? '');
  }
  return kept;
}

/** True for a pseudo-field such as `:path`. HTTP/2 sends the parts of a request line or status line as such fields. */
export function isPseudo(name: string): boolean {
  return name.startsWith(':');
}

/** The values of each field, by its name in lower case: the form that node:http2 takes. */
export function byName(fields: readonly [string, string][]): Record<string, string[]> {
  const named: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of fields) (named[name.toLowerCase()] ??= []).push(value);
  return named;
}
