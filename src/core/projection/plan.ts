/**
 * A plan says which parts of an object a scanner copies into the canonical form and which parts it skips. It names
 * fields as JSON does. Each scanner compiles the plan once for its encoding.
 */
import type { Resource } from '../resource/resource.ts';

export type Plan =
  /** The value's own bytes, compared as they are spelled. */
  | 'whole'
  | 'skip'
  /** A map with free keys. The order of its entries does not matter; an absent, a null and an empty map are equal. */
  | 'map'
  | EntriesPlan
  | FieldsPlan
  /** Every element of a list, in its order. */
  | { readonly each: FieldsPlan }
  | ElementsPlan
  | WherePlan;

/** An object with known fields, and the treatment of its other fields. */
export interface FieldsPlan {
  readonly fields: Readonly<Record<string, Plan>>;
  readonly rest: 'whole' | 'skip';
  /**
   * True if an empty object differs from an absent one, as for a field that is a pointer in Go: an empty selector may
   * match everything, and an absent selector nothing.
   */
  readonly isEmptyKept?: true;
}

/** The part of a plan that applies to objects of this resource: all of it, or only metadata if nothing else is sent. */
export function planFor({ sentAs, schema }: Resource, plan: FieldsPlan): FieldsPlan {
  if (sentAs === undefined) return plan;
  const there = Object.entries(plan.fields).filter(([name]) => Object.hasOwn(schema, name));
  return { fields: Object.fromEntries(there), rest: plan.rest };
}

/** Some entries of a map, chosen by their whole keys or by prefixes of their keys. */
export interface EntriesPlan {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** `taken`: only these entries count. `left`: all entries except these count. */
  readonly are: 'taken' | 'left';
}

/**
 * Elements of a list, in their order. The plan for an element depends on its kind, which is the text of its field `by`.
 * Absent text equals empty text.
 */
export interface ElementsPlan {
  readonly by: string;
  readonly kinds: readonly { readonly equals: string; readonly take: FieldsPlan | 'skip' }[];
  readonly others: FieldsPlan | 'skip';
}

/** The string field `value` of those list elements whose string field `where` equals `equals`. */
export interface WherePlan {
  readonly where: string;
  readonly equals: string;
  /** If true, only the first such element counts; otherwise all of them, in their order. */
  readonly first: boolean;
  readonly value: string;
  /** `value`: the string itself counts. `isTrue`: only "True" counts; any other string equals an absent one. */
  readonly as: 'value' | 'isTrue';
}

export const isFieldsPlan = (plan: Plan): plan is FieldsPlan => typeof plan === 'object' && 'fields' in plan;
