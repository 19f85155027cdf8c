/**
 * The names of the parts of a canonical form, as the object spells them in JSON. A legend is compiled from a plan, for
 * one encoding, and explains the bytes that the scanner of that encoding writes. Verdicts need no legend: they compare
 * bytes.
 */
import type { WherePlan } from '../projection/plan.ts';

/**
 * - `fields`: parts by their id. If `isRestSpelled`, other fields are pairs of a key and a value.
 * - `map`: pairs of a key and a value.
 * - `list`: elements in their order.
 * - `elements`: some elements of a list. Each is one part, and the id of the part tells the kind of the element.
 * - `values`: several values without names of their own; the part around them has the name.
 */
export type Legend =
  | FieldsLegend
  | { readonly kind: 'map' }
  | { readonly kind: 'list'; readonly item: FieldsLegend }
  | { readonly kind: 'elements'; readonly kinds: ReadonlyMap<number, KindLegend> }
  | { readonly kind: 'values' };

export interface FieldsLegend {
  readonly kind: 'fields';
  readonly parts: ReadonlyMap<number, PartLegend>;
  readonly isRestSpelled: boolean;
}

export interface KindLegend {
  /** Step of the path: `[Ready]`, or `[*]` for elements whose kind the plan does not name. */
  readonly step: string;
  readonly item: FieldsLegend;
}

export interface PartLegend {
  /** Step of the path, with its dot. */
  readonly step: string;
  /** Content of the part, if it is a record that contains other records; see `open` in canonical.ts. */
  readonly inside: Legend;
  /** True if each occurrence of the part is one element of a list. */
  readonly isElement: boolean;
}

const NOTHING: Legend = { kind: 'values' };

export const part = (step: string, inside: Legend = NOTHING, isElement = false): PartLegend => ({
  step,
  inside,
  isElement,
});

/** For example `.conditions[NetworkUnavailable].status`. The selector comes from the plan, not from an object. */
export function selected(name: string, { where: _, equals, value, as }: WherePlan): PartLegend {
  return part(`.${name}[${equals}].${value}${as === 'isTrue' ? ' == "True"' : ''}`);
}

/** The legend of the elements of one kind. @param equals text that selects the kind; empty for all other elements */
export const kindOf = (equals: string, item: FieldsLegend): KindLegend => ({
  step: `[${equals === '' ? '*' : equals}]`,
  item,
});
