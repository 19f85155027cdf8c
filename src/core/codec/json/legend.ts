/** The names of the parts that the JSON scanner writes; see ../legend.ts. */
import type { FieldsPlan } from '../../projection/plan.ts';
import type { Resource } from '../../resource/resource.ts';
import { type FieldsLegend, kindOf, part, type PartLegend, selected } from '../legend.ts';
import { compileForJson, type FieldsRule, type Rule } from './rules.ts';

export function jsonLegend(resource: Resource, plan: FieldsPlan): FieldsLegend {
  return jsonFields(compileForJson(resource, plan));
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
    case 'elements': {
      const kinds = [rule.others, ...rule.kinds].map(({ id, equals, take }) =>
        take === undefined ? [] : [[id, kindOf(equals.toString(), jsonFields(take))] as const],
      );
      return part(`.${name}`, { kind: 'elements', kinds: new Map(kinds.flat()) });
    }
    case 'where':
      return selected(name, {
        ...rule,
        where: rule.where.toString(),
        equals: rule.equals.toString(),
        value: rule.value.toString(),
      });
  }
}
