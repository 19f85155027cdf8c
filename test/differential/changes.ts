/** What happens to a Node from one event to the next: mostly a heartbeat, else one thing, anywhere. */
import type { Random } from '../fuzz/random.ts';
import { ADDRESS_TYPES, CONDITION_TYPES, list, PARTS, type Part, randomNode, time } from './nodes.ts';
import { anyKey, anyText, closingText, otherOfLength } from './texts.ts';
import { type Fields, fieldsOf, isFields, listOf, own } from './values.ts';

/** A later state of this Node. `earlier` are states it had before. */
export function laterNode(random: Random, node: Fields, earlier: readonly Fields[]): Fields {
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return heartbeat(random, node);
    case 4:
      return fieldsOf(leafChanged(random, node, 0));
    case 5:
    case 6:
      return decisiveTextChanged(random, node);
    case 7:
      return fieldMadeAnew(random, node, random.pick(['metadata', 'spec', 'status', 'status'] as const));
    case 8:
      return random.oneIn(2) ? entryChanged(random, node) : kindChanged(random, node);
    case 9:
      return fieldsOf(shapeChanged(random, node, 0));
    case 10: {
      // Back to what was, or to a part of it.
      const before = random.pick(earlier);
      if (random.oneIn(2)) return before;
      const part = random.pick(['metadata', 'spec', 'status'] as const);
      return { ...node, [part]: before[part] };
    }
    default:
      return random.oneIn(8)
        ? { ...randomNode(random, String(own(fieldsOf(node['metadata']), 'name'))) }
        : heartbeat(
            random,
            fieldMadeAnew(random, node, 'metadata', random.pick(['annotations', 'managedFields'])),
          );
  }
}

export function heartbeat(random: Random, node: Fields): Fields {
  const status = fieldsOf(node['status']);
  const conditions = own(status, 'conditions');
  if (!Array.isArray(conditions)) return { ...node };
  const beaten = conditions.map((condition: unknown) =>
    isFields(condition) && 'lastHeartbeatTime' in condition
      ? { ...condition, lastHeartbeatTime: time(random) }
      : condition,
  );
  return { ...node, status: { ...status, conditions: beaten } };
}

/** A text that most projections are made for. */
function decisiveTextChanged(random: Random, node: Fields): Fields {
  const [field, name] = random.pick([
    ['conditions', 'status'],
    ['conditions', 'status'],
    ['conditions', 'reason'],
    ['addresses', 'address'],
  ] as const);
  const status = fieldsOf(node['status']);
  const items = listOf(own(status, field)).map(fieldsOf);
  if (items.length === 0) return heartbeat(random, node);
  const at = random.below(items.length);
  const before = own(items[at] ?? {}, name);
  const text = random.oneIn(2)
    ? closingText(random)
    : typeof before === 'string' && !random.oneIn(3)
      ? otherOfLength(random, before)
      : anyText(random);
  return { ...node, status: { ...status, [field]: items.with(at, { ...items[at], [name]: text }) } };
}

/** One entry of a map: its value, or whether it is there. */
function entryChanged(random: Random, node: Fields): Fields {
  const [part, field] = random.pick([
    ['metadata', 'labels'],
    ['metadata', 'annotations'],
    ['status', 'capacity'],
    ['status', 'allocatable'],
  ] as const);
  const of = fieldsOf(node[part]);
  const { [anyKey(random)]: _gone, ...map } = fieldsOf(own(of, field));
  const entry = random.oneIn(4) ? {} : { [anyKey(random)]: anyText(random) };
  return { ...node, [part]: { ...of, [field]: { ...map, ...entry } } };
}

/** One element of a list becomes one of another kind, and is what it was besides. */
function kindChanged(random: Random, node: Fields): Fields {
  const [field, types] = random.pick([
    ['conditions', CONDITION_TYPES],
    ['addresses', ADDRESS_TYPES],
  ] as const);
  const status = fieldsOf(node['status']);
  const items = listOf(own(status, field)).map(fieldsOf);
  if (items.length === 0) return heartbeat(random, node);
  const at = random.below(items.length);
  return {
    ...node,
    status: { ...status, [field]: items.with(at, { ...items[at], type: random.pick(types) }) },
  };
}

function fieldMadeAnew(random: Random, node: Fields, part: Part, wanted?: string): Fields {
  const makers = PARTS[part];
  const field = wanted ?? random.pick(Object.keys(makers));
  const { [field]: before, ...others } = fieldsOf(node[part]);
  const isGone = before !== undefined && random.oneIn(4);
  return { ...node, [part]: isGone ? others : { ...others, [field]: makers[field]?.(random) } };
}

/** One value deep inside is another one; of texts mostly one that is as long. */
function leafChanged(random: Random, value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return time(random);
    return random.oneIn(3) ? anyText(random) : otherOfLength(random, value);
  }
  if (typeof value === 'number') return random.oneIn(3) ? 0 : value ^ (1 << random.below(10));
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) {
    if (value.length === 0) return value;
    const at = random.below(value.length);
    return value.with(at, leafChanged(random, value[at], depth + 1)) as unknown[];
  }
  if (!isFields(value)) return value;
  const keys = Object.keys(value).filter((key) => depth !== 1 || key !== 'name');
  if (keys.length === 0) return value;
  const key = random.pick(keys);
  return { ...value, [key]: leafChanged(random, value[key], depth + 1) };
}

/** One list or map deep inside has another shape: an element more or less, twice, elsewhere; a key more or less. */
function shapeChanged(random: Random, value: unknown, depth: number): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) return value;
    if (random.oneIn(3)) {
      const at = random.below(value.length);
      return value.with(at, shapeChanged(random, value[at], depth + 1)) as unknown[];
    }
    const items = [...listOf(value)];
    const at = random.below(items.length);
    const to = random.below(items.length + 1);
    if (random.oneIn(3)) items.splice(at, 1);
    else if (random.oneIn(2)) items.splice(to, 0, items[at]);
    else items.splice(Math.min(to, items.length - 1), 0, ...items.splice(at, 1));
    return items.length === 0 ? value : items;
  }
  if (!isFields(value)) return value;
  const inner = Object.keys(value).filter((key) => typeof value[key] === 'object');
  if (inner.length > 0 && (depth < 2 || !random.oneIn(4))) {
    const key = random.pick(inner);
    return { ...value, [key]: shapeChanged(random, value[key], depth + 1) };
  }
  if (depth < 2 || Object.values(value).some((item) => typeof item !== 'string')) return value;
  return mapChanged(random, value);
}

/** A map of texts, or an element of a list that holds only texts; the latter loses one. */
function mapChanged(random: Random, map: Fields): Fields {
  const keys = Object.keys(map);
  const isElement = 'type' in map || 'effect' in map || 'kind' in map || 'operation' in map;
  if (keys.length > 0 && (isElement || random.oneIn(2))) {
    const gone = random.pick(keys);
    return Object.fromEntries(Object.entries(map).filter(([key]) => key !== gone));
  }
  if (isElement) return map;
  const [[key, text] = ['', '']] = list(random, 1, 1, (r) => [anyKey(r), anyText(r)] as const);
  // An element that has lost its type looks like a map, and no server reads a text for a time there.
  return { ...map, [key]: key.endsWith('Time') ? time(random) : text };
}
