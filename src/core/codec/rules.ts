/** The rules of a compiled plan that all encodings share. Each codec has its own rules to find a field. */
import type { ElementsPlan, EntriesPlan, FieldsPlan, Plan } from '../projection/plan.ts';
import { EntryFilter } from './entry-filter.ts';

export interface MapRule {
  readonly kind: 'map';
  /** Undefined: all entries are taken. */
  readonly filter: EntryFilter | undefined;
}

export type PlainRule = { readonly kind: 'skip' } | { readonly kind: 'whole' } | MapRule;

type PlainPlan = 'whole' | 'skip' | 'map' | EntriesPlan;

/** True if the plan compiles to the same rule in all encodings. */
export function isPlain(plan: Plan): plan is PlainPlan {
  return typeof plan === 'string' || 'keys' in plan;
}

export function plainRule(plan: PlainPlan): PlainRule {
  if (plan === 'whole' || plan === 'skip') return { kind: plan };
  return { kind: 'map', filter: plan === 'map' ? undefined : new EntryFilter(plan) };
}

export interface ElementsRule<Place, Fields> {
  readonly kind: 'elements';
  /** Place of the text field that determines the kind of an element. */
  readonly by: Place;
  readonly kinds: readonly KindRule<Fields>[];
  readonly others: KindRule<Fields>;
}

export interface KindRule<Fields> {
  /** Id of the kind in the canonical form, unique among the kinds of one list. */
  readonly id: number;
  /** Value of the text field in elements of this kind. */
  readonly equals: Buffer;
  /** Undefined: elements of this kind leave no trace in the canonical form. */
  readonly take: Fields | undefined;
}

/** @param ids - id of the elements whose kind the plan does not name; the named kinds have the ids after it */
export function elementsRule<Place, Fields>(
  { kinds, others }: ElementsPlan,
  by: Place,
  ids: number,
  fields: (plan: FieldsPlan) => Fields,
): ElementsRule<Place, Fields> {
  const kindRule = (equals: string, take: FieldsPlan | 'skip', index: number): KindRule<Fields> => ({
    id: ids + index,
    equals: Buffer.from(equals),
    take: take === 'skip' ? undefined : fields(take),
  });
  return {
    kind: 'elements',
    by,
    others: kindRule('', others, 0),
    kinds: kinds.map(({ equals, take }, i) => kindRule(equals, take, 1 + i)),
  };
}
