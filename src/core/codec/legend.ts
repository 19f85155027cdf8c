/**
 * What the parts of a canonical form are called, in the words of the JSON form of the object: a plan, compiled for
 * one encoding once more, for reading what its scanner wrote. Not for verdicts: those compare bytes.
 */
import { type WherePlan } from '../projection/plan.ts';

/**
 * - `fields`: parts by their id; where `isRestSpelled`, those without one are pairs of a key and a value.
 * - `map`: pairs of a key and a value. `list`: elements in their order.
 * - `elements`: some of a list, each in a part of its kind.
 * - `values`: several values of one name, which is that of the part around them.
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
  /** `[Ready]`, or `[*]` for elements of no kind that has a name. */
  readonly step: string;
  readonly item: FieldsLegend;
}

export interface PartLegend {
  /** How the path goes on, its dot included. */
  readonly step: string;
  /** Of a part that is opened and closed. */
  readonly inside: Legend;
  /** Whether each time it is opened is one element of a list. */
  readonly isElement: boolean;
}

const NOTHING: Legend = { kind: 'values' };

export const part = (step: string, inside: Legend = NOTHING, isElement = false): PartLegend => ({
  step,
  inside,
  isElement,
});

/** `.conditions[NetworkUnavailable].status`: the selector is the plan's own, not something read. */
export function selected(name: string, { where: _, equals, value, as }: WherePlan): PartLegend {
  return part(`.${name}[${equals}].${value}${as === 'isTrue' ? ' == "True"' : ''}`);
}

/** Elements of one kind; without a text by which it is told, of every other. */
export const kindOf = (equals: string, item: FieldsLegend): KindLegend => ({
  step: `[${equals === '' ? '*' : equals}]`,
  item,
});
