/** A plan compiled for protobuf: a rule for each field number of each message. It is compiled once per scanner. */
import type { MessageField, MessageType } from '../../resource/schema.ts';
import { wireShapeOf } from '../../resource/wire-shape.ts';
import { type FieldsPlan, isFieldsPlan, type Plan, type WherePlan } from '../../projection/plan.ts';
import { type ElementsRule, elementsRule, isPlain, type PlainRule, plainRule } from '../rules.ts';

export type Rule = PlainRule | FieldsRule | ElementsRule<FieldPath, FieldsRule> | WhereRule;

export interface FieldsRule {
  readonly kind: 'fields';
  /** The rules by field number. */
  readonly rules: readonly (Rule | undefined)[];
  /** The rule for all other field numbers, such as unknown fields of a newer server. */
  readonly rest: 'whole' | 'skip';
  /** Field numbers of the rules for maps. */
  readonly maps: readonly number[];
  /**
   * True if an empty message differs from an absent one. The two differ if the message is an element of a list, because
   * the order of the elements counts, or if its field is a pointer in Go.
   */
  readonly keepEmpty: boolean;
  /** True for the ObjectMeta of the object itself, which has its name, namespace and resourceVersion. */
  readonly isObjectMeta: boolean;
}

export interface WhereRule {
  readonly kind: 'where';
  /** Index of the scanner's flag for "the first match was seen"; -1 if all matches count. */
  readonly seen: number;
  readonly where: FieldPath;
  readonly equals: Buffer;
  readonly value: FieldPath;
  readonly as: WherePlan['as'];
}

/**
 * The field numbers that lead to a field: the numbers of the embedded messages around the field, then the field's own
 * number.
 */
export type FieldPath = readonly number[];

export interface CompiledPlan {
  readonly root: FieldsRule;
  /** Number of flags for first matches that the plan needs. */
  readonly flags: number;
}

/** Id of the elements whose kind the plan does not name. The named kinds have the ids after it. */
export const OTHERS_ID = 1;

/** @throws Error if the plan names a field that the schema does not have (a mistake in a preset) */
export function compileForProtobuf(plan: FieldsPlan, schema: MessageType): CompiledPlan {
  let flags = 0;

  function fields(plan: FieldsPlan, type: MessageType, is: 'objectMeta' | 'element' | 'part'): FieldsRule {
    const rules: (Rule | undefined)[] = [];
    const maps: number[] = [];
    const { own, embedded } = wireShapeOf(type);
    for (const [number, inner] of embedded) {
      const named = Object.entries(plan.fields).filter(([jsonName]) => Object.hasOwn(inner, jsonName));
      if (named.length === 0) continue;
      rules[number] = fields({ fields: Object.fromEntries(named), rest: plan.rest }, inner, 'part');
    }
    for (const [jsonName, child] of Object.entries(plan.fields)) {
      if (fieldOf(type, jsonName).within !== undefined) continue;
      const field = fieldOf(own, jsonName);
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
      keepEmpty: is === 'element' || plan.isEmptyKept === true,
      isObjectMeta: is === 'objectMeta',
    };
  }

  function rule(plan: Plan, field: { message?: MessageType }, jsonName: string): Rule {
    if (isPlain(plan)) return plainRule(plan);
    // A list in protobuf is a repeated field: each occurrence is one element.
    if ('each' in plan) return fields(plan.each, messageOf(field, jsonName), 'element');
    const type = messageOf(field, jsonName);
    if (isFieldsPlan(plan)) return fields(plan, type, 'part');
    if ('by' in plan)
      return elementsRule(plan, pathOf(type, plan.by), OTHERS_ID, (take) => fields(take, type, 'element'));
    return {
      kind: 'where',
      seen: plan.first ? flags++ : -1,
      where: pathOf(type, plan.where),
      equals: Buffer.from(plan.equals),
      value: pathOf(type, plan.value),
      as: plan.as,
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

function pathOf(type: MessageType, jsonName: string): FieldPath {
  const { within = [], number } = fieldOf(type, jsonName);
  return [...within, number];
}

function fieldOf(type: MessageType, jsonName: string): MessageField {
  const field = Object.hasOwn(type, jsonName) ? type[jsonName] : undefined;
  if (field === undefined) throw new Error(`plan names an unknown field: ${jsonName}`);
  return field;
}
