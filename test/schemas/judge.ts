/** One pair of states before the product's readers: what they see has to be what the projection means, in both codecs. */
import type { Codec } from '../../src/core/codec/codec.ts';
import { CODECS } from '../../src/core/codec/codecs.ts';
import { WatchEvent } from '../../src/core/codec/watch-event.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import type { MessageField, MessageType } from '../../src/core/resource/schema.ts';
import type { Random } from '../fuzz/random.ts';
import { bytesField, stringField } from '../support/encode.ts';
import type { Encoded, Pair, Step } from './go-side.ts';
import { type Definition, meaningOf, spelled } from './meaning.ts';

export interface Tally {
  pairs: number;
  forwarded: number;
  swallowed: number;
  /** Definitions that mean nothing, such as one entry of a map whose key no path can spell. */
  refused: number;
}

/** @throws Error for a verdict that is wrong */
export function judge(resource: Resource, pair: Pair, random: Random, tally: Tally): void {
  tally.pairs++;
  const frames = { before: framesOf(pair.before), after: framesOf(pair.after) };
  const objects = [pair.before, pair.after].map(({ json }): unknown =>
    JSON.parse(Buffer.from(json, 'base64').toString()),
  );
  for (const definition of definitionsFor(resource.schema, pair.path, random)) {
    const paths = definition.paths.map(spelled);
    const made = customProjection(resource, 'mine', { by: definition.by, paths });
    if ('problems' in made) {
      tally.refused++;
      continue;
    }
    const [before, after] = objects.map((object) => meaningOf(object, definition));
    const isChange = before !== after;
    tally[isChange ? 'forwarded' : 'swallowed']++;
    for (const codec of Object.values(CODECS)) {
      const scanner = codec.scanner(resource, made.projection.plan);
      const forms = [frames.before, frames.after].map((frame) => {
        const event = new WatchEvent();
        scanner.scan(frame[codec.name], 0, frame[codec.name].length, event);
        if (event.understanding !== 'projected') throw new Error(`${codec.name}: ${event.understanding}`);
        return Buffer.from(event.canonical.view());
      });
      const isSeen = forms[0]?.equals(forms[1] ?? Buffer.alloc(0)) === false;
      if (isSeen === isChange || (isSeen && isDoubt(pair.what))) continue;
      const problem = isChange ? 'a change was lost' : 'no change was seen as one';
      throw new Error(`${codec.name}, ${definition.by} ${JSON.stringify(paths)}: ${problem}`);
    }
  }
}

/** What is zero of a struct may be written where there is one: one that comes or goes may be taken for a change. */
const isDoubt = (what: string): boolean => what === 'set' || what === 'unset';

type Frames = Readonly<Record<Codec['name'], Buffer>>;

function framesOf({ json, protobuf }: Encoded): Frames {
  const object = Buffer.from(json, 'base64').toString().trimEnd();
  const raw = bytesField(1, Buffer.from(protobuf, 'base64'));
  const event = Buffer.concat([stringField(1, 'MODIFIED'), bytesField(2, raw)]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(event.length);
  return {
    json: Buffer.from(`{"type":"MODIFIED","object":${object}}\n`),
    protobuf: Buffer.concat([prefix, event]),
  };
}

function definitionsFor(schema: MessageType, path: readonly Step[], random: Random): readonly Definition[] {
  const other = (): Step[] => randomPath(schema, random);
  const wider = cut(path, 1 + random.below(path.length));
  return [
    { by: 'include', paths: [path] },
    { by: 'exclude', paths: [path] },
    { by: 'include', paths: [wider] },
    { by: 'exclude', paths: [wider] },
    { by: 'include', paths: [other(), other()] },
    { by: 'exclude', paths: [other(), other()] },
    { by: 'include', paths: [other(), path, other()] },
    { by: 'exclude', paths: [other(), path, beside(schema, path, random)] },
    { by: 'include', paths: [beside(schema, path, random)] },
  ];
}

/** So many of its steps, to all of the field that the last of them leads to. */
function cut(path: readonly Step[], length: number): readonly Step[] {
  const steps = path.slice(0, length);
  const last = steps.at(-1);
  return last === undefined ? steps : [...steps.slice(0, -1), { name: last.name }];
}

/** A path that goes the same way for a while. */
function beside(schema: MessageType, path: readonly Step[], random: Random): readonly Step[] {
  const length = random.below(path.length);
  let type = schema;
  for (const { name } of path.slice(0, length)) type = type[name]?.message ?? {};
  const shared = path.slice(0, length);
  const further = randomPath(type, random);
  return further.length === 0 ? cut(shared, length) : [...shared, ...further];
}

function randomPath(type: MessageType, random: Random): Step[] {
  const steps: Step[] = [];
  let at = fieldsIn(type);
  while (at !== undefined) {
    const [name, field]: [string, MessageField] = random.pick(Object.entries(at));
    const inner = fieldsIn(field.message);
    const isLast = inner === undefined || random.oneIn(3);
    steps.push(isLast || field.isList !== true ? { name } : { name, each: true });
    at = isLast ? undefined : inner;
  }
  return steps;
}

const fieldsIn = (type: MessageType = {}): MessageType | undefined =>
  Object.keys(type).length === 0 ? undefined : type;
