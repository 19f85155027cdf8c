/** Label selectors as `kubectl -l` takes them: equality, sets, existence. Pure. */

export type LabelSelector = (labels: Readonly<Record<string, unknown>>) => boolean;

const KEY = String.raw`([A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?)`;
const VALUE = String.raw`((?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?)`;
const COMPARISON = new RegExp(String.raw`^${KEY}\s*(==?|!=)\s*${VALUE}$`);
const SET = new RegExp(String.raw`^${KEY}\s+(in|notin)\s*\(([^()]*)\)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*${KEY}$`);
const ONE_VALUE = new RegExp(String.raw`^${VALUE}$`);

/** Undefined for what is no selector, an empty one included: it would select everything. */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  // Commas inside the parentheses of a set part values.
  const requirements = text.split(/,(?![^()]*\))/).map((part) => parseRequirement(part.trim()));
  const known = requirements.filter((requirement) => requirement !== undefined);
  if (known.length < requirements.length) return undefined;
  return (labels) => known.every((isMet) => isMet(labels));
}

function parseRequirement(text: string): LabelSelector | undefined {
  const comparison = COMPARISON.exec(text);
  if (comparison !== null) {
    const [, key = '', operator, value] = comparison;
    // As in Kubernetes, `!=` selects objects without the label too.
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values: readonly unknown[] = list.split(',').map((value) => value.trim());
    if (!list.split(',').every((value) => ONE_VALUE.test(value.trim()))) return undefined;
    return (labels) => values.includes(labels[key]) === (operator === 'in');
  }
  const existence = EXISTENCE.exec(text);
  if (existence === null) return undefined;
  const [, not, key = ''] = existence;
  return (labels) => (labels[key] !== undefined) === (not === '');
}
