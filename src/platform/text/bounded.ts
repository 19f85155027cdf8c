/** Values as they may be put into a log line: whatever others wrote into them, the line stays short. Pure. */

export const MAX_CHARACTERS = 1024;
/** Of one list or object; what a line tells of ours has a dozen. */
const MAX_ITEMS = 64;
const MAX_DEPTH = 8;

/** Cut, and it says so. */
export function boundedText(text: string, max = MAX_CHARACTERS): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
}

/** The same for the texts in a value. Errors and other objects of a class are left as they are. */
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
