/** A plan compiled for JSON: a rule for each key of each object. It is compiled once per scanner. */
import type { Layout, Resource } from '../../resource/resource.ts';
import { type FieldsPlan, isFieldsPlan, type Plan, type WherePlan } from '../../projection/plan.ts';
import { type ElementsRule, elementsRule, isPlain, type PlainRule, plainRule } from '../rules.ts';

export type Rule =
  | PlainRule
  | FieldsRule
  | { readonly kind: 'each'; readonly item: FieldsRule }
  | ElementsRule<Buffer, FieldsRule>
  | WhereRule;

export interface FieldsRule {
  readonly kind: 'fields';
  /**
   * An object has few keys, so it is faster to compare the length and bytes of each than to make a string and look it
   * up in a map.
   */
  readonly keys: readonly KeyRule[];
  readonly rest: 'whole' | 'skip';
  /** True if an empty object differs from an absent one. */
  readonly keepEmpty: boolean;
}

export interface KeyRule {
  readonly name: string;
  readonly key: Buffer;
  /** Id of the field in the canonical form, unique within its object. */
  readonly id: number;
  /** A bit that marks the key as seen, so that a repeated key is noticed. It is unique within the object. */
  readonly bit: number;
  readonly rule: Rule;
  /** The property that the scanner records from this field for its own use, whatever the plan says. */
  readonly capture: Capture;
  /**
   * True for the fields that tell which object this is and which resourceVersion it has: kind, apiVersion and metadata,
   * and in metadata name, namespace and resourceVersion.
   */
  readonly isIdentity: boolean;
  readonly shortcut: Shortcut;
}

/** Values that need not be walked if the object has Go's layout; see shortcuts.ts. */
export type Shortcut = 'none' | 'managedFields' | 'longList';

export type Capture = 'none' | 'kind' | 'apiVersion' | 'name' | 'namespace' | 'resourceVersion';

export interface WhereRule {
  readonly kind: 'where';
  readonly where: Buffer;
  readonly equals: Buffer;
  readonly first: boolean;
  readonly value: Buffer;
  readonly as: WherePlan['as'];
}

/** First id of a field. The scanner uses smaller ids itself. */
const FIRST_ID = 16;
/** Bits of a small integer in V8, without its sign. */
const MAX_KEYS = 30;

/** Compiles the root of an object: the fields of the plan and the fields that identify an object. */
export function compileForJson({ layout }: Resource, plan: FieldsPlan): FieldsRule {
  const metadata = plan.fields['metadata'] ?? plan.rest;
  return fields(
    {
      fields: {
        ...plan.fields,
        // kind and apiVersion cannot change: an object with others is foreign. Items of lists of built-in resources
        // have neither.
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

/** Place of an object in the tree. `long` is the field that contains the long list. */
type Where = 'root' | 'metadata' | 'long' | 'inner';

function fields(plan: FieldsPlan, where: Where, layout: Layout): FieldsRule {
  const { longList } = layout;
  const own: Record<string, Plan> = {};
  if (where === 'metadata')
    Object.assign(own, { name: plan.rest, namespace: plan.rest, resourceVersion: plan.rest });
  // A shortcut needs a rule for its field. This rule skips the field, as `rest` would. If the plan names the field, the
  // plan's own rule replaces this one.
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
  return { kind: 'fields', keys, rest: plan.rest, keepEmpty: plan.isEmptyKept === true };
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
  if (isPlain(plan)) return plainRule(plan);
  if ('each' in plan) return { kind: 'each', item: fields(plan.each, 'inner', layout) };
  if ('by' in plan)
    return elementsRule(plan, Buffer.from(plan.by), FIRST_ID, (take) => fields(take, 'inner', layout));
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
