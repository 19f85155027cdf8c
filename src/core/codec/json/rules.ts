/** A plan compiled for JSON: what to do with each key of each object. Compiled once per preset. */
import { type Layout, type Resource } from '../../resource/resource.ts';
import {
  type ElementsPlan,
  type FieldsPlan,
  isFieldsPlan,
  type Plan,
  type WherePlan,
} from '../../projection/plan.ts';
import { EntryFilter } from '../entry-filter.ts';

export type Rule =
  | { readonly kind: 'skip' }
  | { readonly kind: 'whole' }
  | MapRule
  | FieldsRule
  | { readonly kind: 'each'; readonly item: FieldsRule }
  | ElementsRule
  | WhereRule;

export interface MapRule {
  readonly kind: 'map';
  /** Undefined: every entry. */
  readonly filter: EntryFilter | undefined;
}

export interface FieldsRule {
  readonly kind: 'fields';
  /** Few per object: a search by length and bytes beats a look-up that makes a string first. */
  readonly keys: readonly KeyRule[];
  readonly rest: 'whole' | 'skip';
}

export interface KeyRule {
  readonly name: string;
  readonly key: Buffer;
  /** Tells this field from its siblings in the canonical form. */
  readonly id: number;
  /** A bit of its own among its siblings, to notice a key that comes twice. */
  readonly bit: number;
  readonly rule: Rule;
  /** What the scanner itself reads here, whatever the plan says. */
  readonly capture: Capture;
  /** Whether it tells which object this is, and at which resourceVersion. */
  readonly isIdentity: boolean;
  readonly shortcut: Shortcut;
}

/** Values that need not be walked where the layout is Go's own; see json-shortcuts.ts. */
export type Shortcut = 'none' | 'managedFields' | 'longList';

export type Capture = 'none' | 'kind' | 'apiVersion' | 'name' | 'namespace' | 'resourceVersion';

export interface ElementsRule {
  readonly kind: 'elements';
  /** The key of the text by which elements are told apart. */
  readonly by: Buffer;
  readonly kinds: readonly KindRule[];
  readonly others: KindRule;
}

export interface KindRule {
  /** Tells this kind from the others in the canonical form. */
  readonly id: number;
  readonly equals: Buffer;
  /** Undefined: nothing of such an element, nor that it is there. */
  readonly take: FieldsRule | undefined;
}

export interface WhereRule {
  readonly kind: 'where';
  readonly where: Buffer;
  readonly equals: Buffer;
  readonly first: boolean;
  readonly value: Buffer;
  readonly as: WherePlan['as'];
}

/** Ids below this belong to the scanner. */
const FIRST_ID = 16;
/** Bits of a small integer. */
const MAX_KEYS = 30;

/** The root of an object: the plan's fields, and those by which an object is known. */
export function compileForJson({ layout }: Resource, plan: FieldsPlan): FieldsRule {
  const metadata = plan.fields['metadata'] ?? plan.rest;
  return fields(
    {
      fields: {
        ...plan.fields,
        // Always those of the projected kind, or the object is foreign; absent from the items of a list.
        kind: 'skip',
        apiVersion: 'skip',
        metadata: typeof metadata === 'object' ? metadata : { fields: {}, rest: plan.rest },
      },
      rest: plan.rest,
    },
    'root',
    layout,
  );
}

/** `long`: the field that has the long list. */
type Where = 'root' | 'metadata' | 'long' | 'inner';

function fields(plan: FieldsPlan, where: Where, layout: Layout): FieldsRule {
  const { longList } = layout;
  const own: Record<string, Plan> = {};
  if (where === 'metadata')
    Object.assign(own, { name: plan.rest, namespace: plan.rest, resourceVersion: plan.rest });
  // Named for their shortcuts; taken or left as the plan has it.
  if (where === 'metadata' && plan.rest === 'skip') own['managedFields'] = 'skip';
  if (where === 'long' && longList !== undefined && plan.rest === 'skip') own[longList.name] = 'skip';
  const all = { ...own, ...plan.fields };
  if (Object.keys(all).length > MAX_KEYS)
    throw new Error(`plan names more than ${MAX_KEYS} fields of one object`);
  const keys = Object.entries(all).map(([name, child], index) => ({
    name,
    key: Buffer.from(name),
    id: FIRST_ID + index,
    bit: 1 << index,
    rule:
      where === 'root' && isFieldsPlan(child)
        ? fields(child, placeOf(name, layout), layout)
        : rule(child, layout),
    capture: captureOf(where, name),
    isIdentity: captureOf(where, name) !== 'none' || (where === 'root' && name === 'metadata'),
    shortcut: child === 'skip' ? shortcutOf(where, name, layout) : ('none' as const),
  }));
  return { kind: 'fields', keys, rest: plan.rest };
}

function placeOf(name: string, { longList }: Layout): Where {
  if (name === 'metadata') return name;
  return name === longList?.of ? 'long' : 'inner';
}

function shortcutOf(where: Where, name: string, { longList }: Layout): Shortcut {
  if (where === 'metadata' && name === 'managedFields') return name;
  return where === 'long' && name === longList?.name ? 'longList' : 'none';
}

function captureOf(where: Where, name: string): Capture {
  if (where === 'root' && (name === 'kind' || name === 'apiVersion')) return name;
  const isRead = name === 'name' || name === 'namespace' || name === 'resourceVersion';
  return where === 'metadata' && isRead ? name : 'none';
}

function rule(plan: Plan, layout: Layout): Rule {
  if (plan === 'map') return { kind: 'map', filter: undefined };
  if (plan === 'whole' || plan === 'skip') return { kind: plan };
  if ('keys' in plan) return { kind: 'map', filter: new EntryFilter(plan) };
  if ('each' in plan) return { kind: 'each', item: fields(plan.each, 'inner', layout) };
  if ('by' in plan) return elements(plan, layout);
  if (isFieldsPlan(plan)) return fields(plan, 'inner', layout);
  return {
    kind: 'where',
    where: Buffer.from(plan.where),
    equals: Buffer.from(plan.equals),
    first: plan.first,
    value: Buffer.from(plan.value),
    as: plan.as,
  };
}

function elements({ by, kinds, others }: ElementsPlan, layout: Layout): ElementsRule {
  const kindRule = (equals: string, take: FieldsPlan | 'skip', index: number): KindRule => ({
    id: FIRST_ID + index,
    equals: Buffer.from(equals),
    take: take === 'skip' ? undefined : fields(take, 'inner', layout),
  });
  return {
    kind: 'elements',
    by: Buffer.from(by),
    others: kindRule('', others, 0),
    kinds: kinds.map(({ equals, take }, i) => kindRule(equals, take, 1 + i)),
  };
}
