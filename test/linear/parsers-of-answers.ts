/** What the API server answers: watches and lists, in both encodings, whole and in pieces; and what tools ask of others. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { jsonIn } from '../../src/platform/text/json-value.ts';
import { chosen, watchable } from '../../src/install/analyze/discovery.ts';
import { JSON_FRAMES, readersOf } from '../../src/install/analyze/frame-reader.ts';
import { Redactor } from '../../src/install/analyze/redactor.ts';
import { Survey } from '../../src/install/analyze/survey.ts';
import { ListTap } from '../../src/core/sieve/list-tap.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { EventRedactor } from '../../src/lab/recording/redact-event.ts';
import { parseRecord } from '../../src/install/inject/record.ts';
import { sieveChunks } from '../support/frame-sieves.ts';
import { asIs, inJson, type Parser } from './parser.ts';

const EVENT =
  '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","labels":{"a":';
const LIST =
  '{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":';
const PIECES = 50;

const [PROTOBUF] = readersOf(NODES);

function pieces(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const size = Math.ceil(bytes.length / PIECES);
  return Array.from({ length: PIECES }, (_, i) => Buffer.from(bytes.subarray(i * size, (i + 1) * size)));
}

function delimited(text: string): Buffer {
  const head = Buffer.from('\x0a\x08MODIFIED\x12', 'latin1');
  const body = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length + body.length);
  return Buffer.concat([length, head, body]);
}

function tapped(encoding: 'json' | 'protobuf', chunks: readonly Buffer[]): unknown {
  const tap = new ListTap(
    {
      codec: CODECS[encoding],
      resource: NODES,
      plan: planOf('metallb'),
    },
    { passAt: () => Infinity },
  );
  for (const chunk of chunks) tap.push(chunk, 0);
  return tap.finish();
}

/** Two states of an object, the second with this text for a key, of its labels and of what somebody owns. */
function analyzed(text: string): unknown {
  const survey = new Survey({
    resource: 'nodes',
    isCountOnly: false,
    phase: 'past',
    reader: JSON_FRAMES,
    projections: [],
    redactor: new Redactor(true),
  });
  for (const part of ['a', text]) {
    const managedFields = [{ manager: 'm', fieldsV1: { 'f:metadata': { [`k:${part}`]: {} } } }];
    const object = { metadata: { name: 'a', labels: { [part]: 'a' }, managedFields } };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    survey.frame(bytes, 0, bytes.length, 0);
  }
  return survey.findings(1);
}

/** Discovery in which everything is called so, and a word that is. */
async function discovered(text: string): Promise<unknown> {
  const resources = [
    { name: text, verbs: ['watch'], shortNames: [text], kind: text },
    { name: 'a', verbs: ['watch'] },
  ];
  const groups = [{ name: text, preferredVersion: { version: text } }];
  return chosen(text, await watchable((path) => Promise.resolve({ groups, resources, path })));
}

export const PARSERS_OF_ANSWERS: readonly Parser[] = [
  {
    file: 'core/codec/json/scanner.ts',
    name: 'events in JSON',
    inputs: (worst) => [worst, ...inJson(EVENT, '}}}}\n')(worst)],
    parse: (text) => sieveChunks([Buffer.from(text)]),
  },
  {
    file: 'core/codec/json/lines.ts',
    name: 'events in JSON, in pieces',
    inputs: inJson(EVENT, '}}}}\n'),
    parse: (text) => sieveChunks(pieces(text)),
  },
  {
    file: 'core/codec/protobuf/scanner.ts',
    name: 'events in protobuf',
    inputs: (worst) => [worst, `k8s\0\n\n\n\x02v1\x12\x04Node\x12${worst}`],
    parse: (text) => sieveChunks([delimited(text)], { encoding: 'protobuf' }),
  },
  {
    file: 'core/codec/json/list.ts',
    name: 'lists in JSON, in pieces',
    inputs: (worst) => [worst, ...inJson(LIST, '}}]}')(worst)],
    parse: (text) => tapped('json', pieces(text)),
  },
  {
    file: 'core/codec/protobuf/list.ts',
    name: 'lists in protobuf, in pieces',
    inputs: (worst) => [worst, `k8s\0\n\x0e\n\x02v1\x12\x08NodeList\x12${worst}`],
    parse: (text) => tapped('protobuf', pieces(text)),
  },
  {
    file: 'platform/text/json-value.ts',
    name: 'answers to check, analyze and the webhook',
    inputs: inJson('{"a":', '}'),
    parse: jsonIn,
  },
  { file: 'install/analyze/values.ts', name: 'events to analyze', inputs: asIs, parse: analyzed },
  {
    file: 'core/codec/protobuf/values.ts',
    name: 'events to analyze in protobuf',
    inputs: (worst) => [worst, `k8s\0\n\n\n\x02v1\x12\x04Node\x12${worst}`],
    parse: (text) => PROTOBUF?.values.objectOf(delimited(text)),
  },
  {
    file: 'lab/recording/redact-event.ts',
    name: 'events to redact',
    inputs: inJson(EVENT, '}}}}\n'),
    parse: (text) => new EventRedactor((below) => below - 1).redact(Buffer.from(text)),
  },
  { file: 'install/analyze/discovery.ts', name: 'discovery', inputs: asIs, parse: discovered },
  {
    file: 'install/inject/record.ts',
    name: 'the record of an injection',
    inputs: inJson('{"a":', '}'),
    parse: parseRecord,
  },
];
