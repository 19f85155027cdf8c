/**
 * A plan compiled for protobuf: what to do with each field number of each message. Compiled once per preset.
 */
import { type MessageType } from '../../resource/schema.ts';
import {
  type ElementsPlan,
  type FieldsPlan,
  isFieldsPlan,
  type Plan,
  type WherePlan,
} from '../../projection/plan.ts';
import { EntryFilter } from '../entry-filter.ts';

export type Rule =
  { readonly kind: 'skip' } | { readonly kind: 'whole' } | MapRule | FieldsRule | ElementsRule | WhereRule;

export interface MapRule {
  readonly kind: 'map';
  /** Undefined: every entry. */
  readonly filter: EntryFilter | undefined;
}

export interface FieldsRule {
  readonly kind: 'fields';
  /** By field number. */
  readonly rules: readonly (Rule | undefined)[];
  /** For numbers without a rule: unknown fields of a newer server included. */
  readonly rest: 'whole' | 'skip';
  /** Field numbers of the maps among them. */
  readonly maps: readonly number[];
  /** Whether an empty one counts: as an element of a list it does, since lists count in their order. */
  readonly keepEmpty: boolean;
  /** Whether this is the object's own ObjectMeta, by which it and its state are known. */
  readonly isObjectMeta: boolean;
}

export interface ElementsRule {
  readonly kind: 'elements';
  /** The number of the text by which elements are told apart. */
  readonly by: number;
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
  /** Which of the scanner's flags tells that the first match was seen; -1: all matches count. */
  readonly seen: number;
  readonly where: number;
  readonly equals: Buffer;
  readonly value: number;
  readonly as: WherePlan['as'];
}

export interface CompiledPlan {
  readonly root: FieldsRule;
  /** How many flags for first matches the plan needs. */
  readonly flags: number;
}

/** Of elements of no kind that has a name; those that have one follow. */
export const OTHERS_ID = 1;

/** @throws Error for a plan that names a field the schema does not have (a mistake in a preset) */
export function compileForProtobuf(plan: FieldsPlan, schema: MessageType): CompiledPlan {
  let flags = 0;

  function fields(plan: FieldsPlan, type: MessageType, is: 'objectMeta' | 'element' | 'part'): FieldsRule {
    const rules: (Rule | undefined)[] = [];
    const maps: number[] = [];
    for (const [jsonName, child] of Object.entries(plan.fields)) {
      const field = type[jsonName];
      if (field === undefined) throw new Error(`plan names an unknown field: ${jsonName}`);
      if (isMap(child)) maps.push(field.number);
      rules[field.number] =
        jsonName === 'metadata' && type === schema && isFieldsPlan(child)
          ? fields(child, messageOf(field, jsonName), 'objectMeta')
          : rule(child, field, jsonName);
    }
    return {
      kind: 'fields',
      rules,
      rest: plan.rest,
      maps,
      keepEmpty: is === 'element',
      isObjectMeta: is === 'objectMeta',
    };
  }

  function rule(plan: Plan, field: { message?: MessageType }, jsonName: string): Rule {
    if (plan === 'map') return { kind: 'map', filter: undefined };
    if (plan === 'whole' || plan === 'skip') return { kind: plan };
    if ('keys' in plan) return { kind: 'map', filter: new EntryFilter(plan) };
    // A protobuf list is its field, repeated: each occurrence is one element.
    if ('each' in plan) return fields(plan.each, messageOf(field, jsonName), 'element');
    const type = messageOf(field, jsonName);
    if (isFieldsPlan(plan)) return fields(plan, type, 'part');
    if ('by' in plan) return elements(plan, type);
    return {
      kind: 'where',
      seen: plan.first ? flags++ : -1,
      where: numberOf(type, plan.where),
      equals: Buffer.from(plan.equals),
      value: numberOf(type, plan.value),
      as: plan.as,
    };
  }

  function elements({ by, kinds, others }: ElementsPlan, type: MessageType): ElementsRule {
    const kindRule = (equals: string, take: FieldsPlan | 'skip', index: number): KindRule => ({
      id: OTHERS_ID + index,
      equals: Buffer.from(equals),
      take: take === 'skip' ? undefined : fields(take, type, 'element'),
    });
    return {
      kind: 'elements',
      by: numberOf(type, by),
      others: kindRule('', others, 0),
      kinds: kinds.map(({ equals, take }, i) => kindRule(equals, take, 1 + i)),
    };
  }

  const root = fields(plan, schema, 'part');
  return { root, flags };
}

const isMap = (plan: Plan): boolean => plan === 'map' || (typeof plan === 'object' && 'keys' in plan);

function messageOf(field: { message?: MessageType }, jsonName: string): MessageType {
  if (field.message === undefined) throw new Error(`plan looks into a field without fields: ${jsonName}`);
  return field.message;
}

function numberOf(type: MessageType, jsonName: string): number {
  const field = type[jsonName];
  if (field === undefined) throw new Error(`plan names an unknown field: ${jsonName}`);
  return field.number;
}
