/**
 * Which parts of an object a scanner copies into the canonical form, and which it skips. A plan names fields
 * as JSON does; each scanner compiles it once for its encoding. Codecs only obey it.
 */
import { type Resource } from '../resource/resource.ts';

export type Plan =
  /** The value's own bytes, compared as they are spelled. */
  | 'whole'
  | 'skip'
  /** A map with free keys: the order of its entries does not matter, absent equals null equals empty. */
  | 'map'
  | EntriesPlan
  | FieldsPlan
  /** Every element of a list, in its order. */
  | { readonly each: FieldsPlan }
  | ElementsPlan
  | WherePlan;

/** An object with known fields, and what becomes of the others. */
export interface FieldsPlan {
  readonly fields: Readonly<Record<string, Plan>>;
  readonly rest: 'whole' | 'skip';
}

/** What of a plan counts in objects of this resource: all of it, or where they are sent without the rest their metadata. */
export function planFor({ sentAs, schema }: Resource, plan: FieldsPlan): FieldsPlan {
  if (sentAs === undefined) return plan;
  const there = Object.entries(plan.fields).filter(([name]) => Object.hasOwn(schema, name));
  return { fields: Object.fromEntries(there), rest: plan.rest };
}

/** Some entries of a map: those with one of these keys, or with a key that begins so. */
export interface EntriesPlan {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** Whether these entries are all that is taken, or all that is not. */
  readonly are: 'taken' | 'left';
}

/** Elements of a list by the text of one of their fields (`by`), in their order; absent text equals an empty one. */
export interface ElementsPlan {
  readonly by: string;
  readonly kinds: readonly { readonly equals: string; readonly take: FieldsPlan | 'skip' }[];
  readonly others: FieldsPlan | 'skip';
}

/** One string field (`value`) of those list elements whose string field `where` equals `equals`. */
export interface WherePlan {
  readonly where: string;
  readonly equals: string;
  /** Only the first such element counts; otherwise all, in their order. */
  readonly first: boolean;
  readonly value: string;
  /** `value`: the string itself. `isTrue`: only whether it is "True"; anything else equals absence. */
  readonly as: 'value' | 'isTrue';
}

export const isFieldsPlan = (plan: Plan): plan is FieldsPlan => typeof plan === 'object' && 'fields' in plan;
