/** Reads values of untrusted objects without assuming their shape. Pure. */
import { textAt, valueAt } from '../../platform/text/json-value.ts';

/** A field of a mapping, but never an inherited property. */
export function fieldOf(value: unknown, name: string): unknown {
  return valueAt(value, [name]);
}

/** The text at a path of fields; empty if there is none. */
export function nameAt(value: unknown, ...path: readonly string[]): string {
  return textAt(value, ...path) ?? '';
}

/** A time as Kubernetes writes it: RFC 3339, with or without a fraction. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function isTime(value: unknown): boolean {
  return typeof value === 'string' && value.length < 40 && TIME.test(value);
}

/** A time since 1970 as Kubernetes writes it, with microseconds if it is not a whole second; null for no time. */
export function timeText(seconds: number, nanos: number): string | null {
  const date = new Date(seconds * 1000);
  if ((seconds === 0 && nanos === 0) || Number.isNaN(date.getTime())) return null;
  const whole = date.toISOString().slice(0, -'.000Z'.length);
  return nanos === 0 ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}
