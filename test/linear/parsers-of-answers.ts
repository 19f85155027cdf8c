/** What the API server answers: watches and lists, in both encodings, whole and in pieces; and what tools ask of others. */
import { parse } from '../../src/install/check/ask.ts';
import { ListTap } from '../../src/core/sieve/list-tap.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { parseRecord } from '../../src/install/inject/record.ts';
import { sieveChunks } from '../support/frame-sieves.ts';
import { inJson, type Parser } from './parser.ts';

const EVENT =
  '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","labels":{"a":';
const LIST =
  '{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":';
const PIECES = 50;

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
  const tap = new ListTap({ encoding, plan: planOf('metallb'), passAt: () => Infinity });
  for (const chunk of chunks) tap.push(chunk, 0);
  return tap.finish();
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
  { file: 'install/check/ask.ts', name: 'answers to check', inputs: inJson('{"a":', '}'), parse },
  {
    file: 'install/inject/record.ts',
    name: 'the record of an injection',
    inputs: inJson('{"a":', '}'),
    parse: parseRecord,
  },
];
