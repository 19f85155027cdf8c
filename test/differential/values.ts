/** The objects of the differential: what JSON can hold. Immutable, so that what was computed for one may be kept. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];

/** Empty for what is no text. */
export const textOr = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A field of its own; never one that every object has. */
export const own = (value: Fields, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined;
