/** Label selectors as `kubectl -l` takes them: equality, order, sets, existence. Pure. */

export type LabelSelector = (labels: Readonly<Record<string, unknown>>) => boolean;

/** At most 63 characters, and before a slash a DNS name of at most 253. */
const KEY = String.raw`((?:(?=[^/]{1,253}/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)`;
const VALUE = String.raw`((?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?)`;
const COMPARISON = new RegExp(String.raw`^${KEY}\s*(==?|!=)\s*${VALUE}$`);
const ORDER = new RegExp(String.raw`^${KEY}\s*([<>])\s*(\d{1,19})$`);
const SET = new RegExp(String.raw`^${KEY}\s+(in|notin)\s*\(([^()]*)\)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*${KEY}$`);
const ONE_VALUE = new RegExp(String.raw`^${VALUE}$`);

/** @returns undefined for malformed text and for an empty selector, which would select everything */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part.trim()));
  const known = requirements.filter((requirement) => requirement !== undefined);
  if (known.length < requirements.length) return undefined;
  return (labels) => known.every((isMet) => isMet(labels));
}

/** Splits at commas outside the parentheses of a set. */
function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let isInSet = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '(') isInSet = true;
    else if (character === ')') isInSet = false;
    else if (character === ',' && !isInSet) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function parseRequirement(text: string): LabelSelector | undefined {
  const comparison = COMPARISON.exec(text);
  if (comparison !== null) {
    const [, key = '', operator, value] = comparison;
    // As in Kubernetes, `!=` selects objects without the label too.
    return (labels) => (labelOf(labels, key) === value) === (operator !== '!=');
  }
  const order = ORDER.exec(text);
  if (order !== null) {
    const [, key = '', operator, bound = ''] = order;
    return (labels) => {
      const value = integer(labelOf(labels, key));
      return value !== undefined && (operator === '>' ? value > BigInt(bound) : value < BigInt(bound));
    };
  }
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values: readonly unknown[] = list.split(',').map((value) => value.trim());
    if (!list.split(',').every((value) => ONE_VALUE.test(value.trim()))) return undefined;
    return (labels) => values.includes(labelOf(labels, key)) === (operator === 'in');
  }
  const existence = EXISTENCE.exec(text);
  if (existence === null) return undefined;
  const [, not, key = ''] = existence;
  return (labels) => (labelOf(labels, key) !== undefined) === (not === '');
}

/** Own properties only: every object inherits a `constructor`. */
function labelOf(labels: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** A label that is no integer is neither above nor below one. */
function integer(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}
