/** Suggests the name that was most likely meant by a misspelled one. */

/** Returns the name that is closest to `unknown`, or undefined if none is close enough. */
export function nearest(unknown: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // The distance must be smaller than this limit. Up to 3 characters allow one error, up to 8 characters two errors,
  // and longer texts three. Two swapped letters count as two errors.
  let limit = unknown.length < 4 ? 2 : unknown.length < 9 ? 3 : 4;
  for (const name of names) {
    // The difference in length is a lower bound of the distance. This check keeps long names cheap.
    if (Math.abs(unknown.length - name.length) >= limit) continue;
    const distance = editDistance(unknown, name);
    if (distance < limit) [best, limit] = [name, distance];
  }
  return best;
}

/** The Levenshtein distance (insertions, deletions, replacements), ignoring case. */
function editDistance(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
