/** What the parts are called that the protobuf scanner writes; see legend.ts. */
import { type ElementsPlan, type FieldsPlan, isFieldsPlan, type Plan } from '../../projection/plan.ts';
import { type Resource } from '../../resource/resource.ts';
import { type MessageField, type MessageType } from '../../resource/schema.ts';
import { type FieldsLegend, kindOf, type Legend, part, type PartLegend, selected } from '../legend.ts';
import { OTHERS_ID } from './rules.ts';

export function protobufLegend({ schema }: Resource, plan: FieldsPlan): FieldsLegend {
  return protobufFields(plan, schema);
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
  if ('keys' in plan) return part(`.${name}`, { kind: 'map' });
  if (isFieldsPlan(plan)) return part(`.${name}`, protobufFields(plan, message));
  if ('by' in plan) return part(`.${name}`, protobufElements(plan, message));
  return selected(name, plan);
}

/** Kinds are numbered as in rules.ts. */
function protobufElements({ kinds, others }: ElementsPlan, message: MessageType): Legend {
  const all = [{ equals: '', take: others }, ...kinds].map(({ equals, take }, i) =>
    take === 'skip' ? [] : [[OTHERS_ID + i, kindOf(equals, protobufFields(take, message))] as const],
  );
  return { kind: 'elements', kinds: new Map(all.flat()) };
}
