/** Shortens values for log lines, because other programs chose their content. Pure. */

export const MAX_CHARACTERS = 1024;
/** The most items of a list or object. The program's own log lines have about a dozen. */
const MAX_ITEMS = 64;
const MAX_DEPTH = 8;

/** Cuts long text and marks the cut. */
export function boundedText(text: string, max = MAX_CHARACTERS): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
}

/** Cuts the texts inside a value. Errors and other class instances are left unchanged. */
export function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return boundedText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth === MAX_DEPTH) return '…';
    const items: unknown[] = value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length} items)`] : items;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  if (depth === MAX_DEPTH) return '…';
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(entries.map(([key, item]) => [boundedText(key), bounded(item, depth + 1)]));
}
