/** The names of the parts that the protobuf scanner writes; see ../legend.ts. */
import { type ElementsPlan, type FieldsPlan, isFieldsPlan, type Plan } from '../../projection/plan.ts';
import type { Resource } from '../../resource/resource.ts';
import type { MessageField, MessageType } from '../../resource/schema.ts';
import { wireShapeOf } from '../../resource/wire-shape.ts';
import { type FieldsLegend, kindOf, type Legend, part, type PartLegend, selected } from '../legend.ts';
import { OTHERS_ID } from './rules.ts';

export function protobufLegend({ schema }: Resource, plan: FieldsPlan): FieldsLegend {
  return protobufFields(plan, schema);
}

/** Names all fields of the schema, including those that the plan does not name. */
function protobufFields(plan: FieldsPlan, type: MessageType): FieldsLegend {
  const parts = new Map<number, PartLegend>();
  const { own, embedded } = wireShapeOf(type);
  // The step is empty, because JSON shows no message around embedded fields.
  for (const [number, inner] of embedded) parts.set(number, part('', protobufFields(plan, inner)));
  for (const [name, field] of Object.entries(own))
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

/** The ids of the kinds are the same as in rules.ts. */
function protobufElements({ kinds, others }: ElementsPlan, message: MessageType): Legend {
  const all = [{ equals: '', take: others }, ...kinds].map(({ equals, take }, i) =>
    take === 'skip' ? [] : [[OTHERS_ID + i, kindOf(equals, protobufFields(take, message))] as const],
  );
  return { kind: 'elements', kinds: new Map(all.flat()) };
}
