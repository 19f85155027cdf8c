/** The name that somebody most likely meant. */

/** The one of `names` that is close to `unknown`; undefined where it is another word than all of them. */
export function nearest(unknown: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Two letters swapped count as two; with more than three wrong it is another word.
  let limit = unknown.length < 4 ? 2 : unknown.length < 9 ? 3 : 4;
  for (const name of names) {
    // So many letters are wrong at least: a name of any length costs nothing.
    if (Math.abs(unknown.length - name.length) >= limit) continue;
    const distance = editDistance(unknown, name);
    if (distance < limit) [best, limit] = [name, distance];
  }
  return best;
}

/** Levenshtein: insertions, deletions and replacements, letter case counting as nothing. */
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
