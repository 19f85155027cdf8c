/** Spells events and lists: as an API server does, as a later one, or as any other program might. */
import { numberFor, Random } from '../fuzz/random.ts';
import { bytesField } from '../support/encode.ts';
import { messageType, NODE } from '../support/node-proto.ts';
import { decodeList } from './decode.ts';
import { type Escapes, ForeignJson } from './foreign-json.ts';
import { ForeignProtobuf } from './foreign-protobuf.ts';
import { Frame, type FrameFacts, type FrameType, Held, type TestEncoding } from './frame.ts';
import { goJson } from './go-json.ts';
import { goProtobuf, protobufEvent, unknownBytes } from './go-protobuf.ts';
import { type Fields, fieldsOf, textOr } from './values.ts';

const LIST_META = messageType('ListMeta');
const KIND = { kind: 'Node', apiVersion: 'v1' } as const;

/** How often a frame is not as an API server writes it. */
export interface Manners {
  /** One in so many frames is written by somebody else; 0: none. */
  readonly foreignOneIn: number;
  /** One in so many has a part that makes readers doubt, though clients skip it; 0: none. */
  readonly oddOneIn: number;
}

export interface SpelledList {
  readonly body: Buffer;
  readonly items: ReadonlyMap<string, Held>;
}

export class Speller {
  readonly #random: Random;
  readonly #manners: Manners;
  readonly #seed: number;
  /** A program that is not Go escapes in one way, whatever it writes. */
  readonly #escapes: Escapes;

  constructor(random: Random, manners: Manners) {
    this.#random = random;
    this.#manners = manners;
    this.#seed = random.next();
    this.#escapes = new Random(this.#seed).pick(['none', 'some', 'non-ascii', 'non-ascii']);
  }

  event(encoding: TestEncoding, type: FrameType, node: Fields): Frame {
    const metadata = fieldsOf(node['metadata']);
    const { oddOneIn } = this.#manners;
    const isOdd = oddOneIn > 0 && this.#random.oneIn(oddOneIn);
    const content = this.#contentOf(node);
    const isForeign = this.#isForeign(content);
    const extras = isForeign ? content : undefined;
    const spelled =
      encoding === 'json'
        ? this.#json(type, node, extras, isOdd)
        : { bytes: this.#protobuf(type, node, extras, isOdd), mayRepeat: false };
    return new Frame({
      encoding,
      type,
      name: textOr(metadata['name']),
      resourceVersion: String(metadata['resourceVersion']),
      isPlain: !isForeign && !isOdd,
      endsInitial: type === 'BOOKMARK' && metadata['annotations'] !== undefined,
      ...spelled,
    });
  }

  /** Says that it is a page of several where `next` is not empty. */
  list(encoding: TestEncoding, nodes: readonly Fields[], resourceVersion: string, next: string): SpelledList {
    const meta = { resourceVersion, continue: next };
    const body = encoding === 'json' ? this.#jsonList(nodes, meta) : this.#protobufList(nodes, meta);
    const foreign = nodes.map((node) => this.#isForeign(this.#contentOf(node)));
    const items = new Map<string, Held>();
    for (const [i, item] of decodeList(encoding, body, foreign.includes(true)).items.entries()) {
      const held = new Held(body, foreign[i] !== true, item);
      items.set(held.metadata.name, held);
    }
    return { body, items };
  }

  /** What a state holds is one thing, however and how often it is spelled. */
  #contentOf(node: Fields): Random {
    const { resourceVersion, name } = fieldsOf(node['metadata']);
    return new Random(this.#seed, numberFor(`${String(name)} ${String(resourceVersion)}`));
  }

  #isForeign(content: Random): boolean {
    const { foreignOneIn } = this.#manners;
    return foreignOneIn > 0 && content.oneIn(foreignOneIn);
  }

  #json(
    type: FrameType,
    node: Fields,
    content: Random | undefined,
    isOdd: boolean,
  ): Pick<FrameFacts, 'bytes' | 'mayRepeat'> {
    if (content === undefined) {
      const object = goJson(NODE, node);
      const odd = isOdd ? ',"odd":1' : '';
      const text = `{"type":"${type}","object":{"kind":"Node","apiVersion":"v1",${object.slice(1)}${odd}}\n`;
      return { bytes: Buffer.from(text), mayRepeat: false };
    }
    const writer = new ForeignJson(this.#random, content, this.#escapes);
    const text = writer.event(type, writer.message(NODE, node, KIND));
    return { bytes: Buffer.from(`${text}\n`), mayRepeat: writer.mayRepeat };
  }

  #protobuf(type: FrameType, node: Fields, content: Random | undefined, isOdd: boolean): Buffer {
    const object =
      content === undefined
        ? goProtobuf(NODE, node)
        : new ForeignProtobuf(this.#random, content).message(NODE, node);
    const unknown = unknownBytes('Node', object);
    return protobufEvent(type, isOdd ? Buffer.concat([unknown, bytesField(9, Buffer.from('odd'))]) : unknown);
  }

  #jsonList(nodes: readonly Fields[], meta: Fields): Buffer {
    const items = nodes.map((node) => {
      const content = this.#contentOf(node);
      return this.#isForeign(content)
        ? new ForeignJson(this.#random, content, this.#escapes).message(NODE, node)
        : goJson(NODE, node);
    });
    return Buffer.from(
      `{"kind":"NodeList","apiVersion":"v1","metadata":${goJson(LIST_META, meta)},"items":[${items.join(',')}]}\n`,
    );
  }

  #protobufList(nodes: readonly Fields[], meta: Fields): Buffer {
    const items = nodes.map((node) => {
      const content = this.#contentOf(node);
      return bytesField(
        2,
        this.#isForeign(content)
          ? new ForeignProtobuf(this.#random, content).message(NODE, node)
          : goProtobuf(NODE, node),
      );
    });
    return unknownBytes('NodeList', Buffer.concat([bytesField(1, goProtobuf(LIST_META, meta)), ...items]));
  }
}
