/**
 * What the parts of a canonical form are called, in the words of the JSON form of the object: a plan, compiled for
 * one encoding once more, for reading what its scanner wrote. Not for verdicts: those compare bytes.
 */
import { type Encoding } from './encoding.ts';
import { compileForJson, type FieldsRule, type Rule } from './json/rules.ts';
import { type Resource } from '../resource/resource.ts';
import { type MessageField, type MessageType } from '../resource/schema.ts';
import { type FieldsPlan, type Plan, planFor, type WherePlan } from '../projection/plan.ts';

/**
 * - `fields`: parts by their id; where `isRestSpelled`, those without one are pairs of a key and a value.
 * - `map`: pairs of a key and a value. `list`: elements in their order.
 * - `values`: several values of one name, which is that of the part around them.
 */
export type Legend =
  | FieldsLegend
  | { readonly kind: 'map' }
  | { readonly kind: 'list'; readonly item: FieldsLegend }
  | { readonly kind: 'values' };

export interface FieldsLegend {
  readonly kind: 'fields';
  readonly parts: ReadonlyMap<number, PartLegend>;
  readonly isRestSpelled: boolean;
}

export interface PartLegend {
  /** How the path goes on, its dot included. */
  readonly step: string;
  /** Of a part that is opened and closed. */
  readonly inside: Legend;
  /** Whether each time it is opened is one element of a list. */
  readonly isElement: boolean;
}

/** @throws Error for a plan that the schema does not fit (a mistake in a preset) */
export function legendOf(
  encoding: Exclude<Encoding, 'opaque'>,
  resource: Resource,
  plan: FieldsPlan,
): FieldsLegend {
  const taken = planFor(resource, plan);
  return encoding === 'json'
    ? jsonFields(compileForJson(resource, taken))
    : protobufFields(taken, resource.schema);
}

const NOTHING: Legend = { kind: 'values' };

const part = (step: string, inside: Legend = NOTHING, isElement = false): PartLegend => ({
  step,
  inside,
  isElement,
});

/** `.conditions[NetworkUnavailable].status`: the selector is the plan's own, not something read. */
function selected(name: string, { where: _, equals, value, as }: WherePlan): PartLegend {
  return part(`.${name}[${equals}].${value}${as === 'isTrue' ? ' == "True"' : ''}`);
}

function jsonFields({ keys }: FieldsRule): FieldsLegend {
  const parts = new Map(keys.map(({ id, name, rule }) => [id, jsonPart(name, rule)] as const));
  return { kind: 'fields', parts, isRestSpelled: true };
}

function jsonPart(name: string, rule: Rule): PartLegend {
  switch (rule.kind) {
    case 'skip':
    case 'whole':
      return part(`.${name}`);
    case 'map':
      return part(`.${name}`, { kind: 'map' });
    case 'fields':
      return part(`.${name}`, jsonFields(rule));
    case 'each':
      return part(`.${name}`, { kind: 'list', item: jsonFields(rule.item) });
    case 'where':
      return selected(name, {
        ...rule,
        where: rule.where.toString(),
        equals: rule.equals.toString(),
        value: rule.value.toString(),
      });
  }
}

/** Every field that the schema knows has a name, also where the plan takes it with the rest. */
function protobufFields(plan: FieldsPlan, type: MessageType): FieldsLegend {
  const parts = new Map<number, PartLegend>();
  for (const [name, field] of Object.entries(type))
    parts.set(field.number, protobufPart(name, plan.fields[name] ?? plan.rest, field));
  return { kind: 'fields', parts, isRestSpelled: false };
}

function protobufPart(name: string, plan: Plan, { message = {} }: MessageField): PartLegend {
  if (plan === 'whole' || plan === 'skip') return part(`.${name}`);
  if (plan === 'map') return part(`.${name}`, { kind: 'map' });
  if ('each' in plan) return part(`.${name}`, protobufFields(plan.each, message), true);
  if ('fields' in plan) return part(`.${name}`, protobufFields(plan, message));
  return selected(name, plan);
}
