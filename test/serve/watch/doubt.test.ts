import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesField, jsonFrame, protobufFrame, stringField, varintField } from '../../support/encode.ts';
import { fixture } from '../../support/fixtures.ts';
import { counted, sieveChunks } from '../../support/frame-sieves.ts';
import { BOTH, frame, node } from '../../support/sieving.ts';

function lengthPrefixed(body: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

/** Sends this frame between two equal states of a node: it must pass, and must make the sieve forget what it knew. */
function between(encoding: 'json' | 'protobuf', doubtful: Buffer): string {
  const bytes = Buffer.concat([
    frame(encoding, 'ADDED', node()),
    doubtful,
    frame(encoding, 'MODIFIED', node()),
    frame(encoding, 'MODIFIED', node()),
  ]);
  const { output, tally } = sieveChunks([bytes], { encoding });
  assert.ok(output.includes(doubtful), 'the doubtful frame must pass byte for byte (I1)');
  assert.equal(tally.bytesReceived, bytes.length);
  return counted(tally);
}

const forgotten = (type: string, reason: string): string =>
  [
    'ADDED forwarded added 1',
    'MODIFIED forwarded first_seen 1',
    ...(type === 'MODIFIED' ? [`MODIFIED forwarded ${reason} 1`] : []),
    'MODIFIED swallowed unchanged 1',
    ...(type === 'MODIFIED' ? [] : [`${type} forwarded ${reason} 1`]),
  ].join('; ');

describe('what is not understood passes, is counted, and clears the baseline (I1, R8)', () => {
  for (const encoding of BOTH) {
    test(`${encoding}: an unknown event type`, () => {
      assert.equal(between(encoding, frame(encoding, 'RENAMED', node())), forgotten('other', 'unknown_type'));
    });

    test(`${encoding}: another kind`, () => {
      const table = { ...node(), kind: 'Table' as unknown as 'Node' };
      assert.equal(
        between(encoding, frame(encoding, 'MODIFIED', table)),
        forgotten('MODIFIED', 'foreign_kind'),
      );
    });

    test(`${encoding}: another version of the kind`, () => {
      const later = { ...node(), apiVersion: 'v2' as unknown as 'v1' };
      assert.equal(
        between(encoding, frame(encoding, 'MODIFIED', later)),
        forgotten('MODIFIED', 'foreign_kind'),
      );
    });

    test(`${encoding}: a Node without a name`, () => {
      const nameless = node({ metadata: { name: '' } });
      assert.equal(
        between(encoding, frame(encoding, 'MODIFIED', nameless)),
        forgotten('MODIFIED', 'undecodable'),
      );
    });

    test(`${encoding}: a Node without a resourceVersion, of which no progress could be told (I4)`, () => {
      const unversioned = node({ metadata: { resourceVersion: '' } });
      assert.equal(
        between(encoding, frame(encoding, 'MODIFIED', unversioned)),
        forgotten('MODIFIED', 'undecodable'),
      );
    });
  }

  const json: Record<string, unknown> = {
    'labels that are not strings': node({ metadata: { labels: { a: 1 } } }),
    'labels that are a list': node({ metadata: { labels: ['a'] } }),
    'conditions that are an object': node({ status: { conditions: {} } }),
    'metadata that is a string': { ...node(), metadata: 'name' },
    'a kind that is a number': { ...node(), kind: 5 },
    'a condition whose type is a number': node({ status: { conditions: [{ type: 1, status: 'True' }] } }),
  };
  for (const [what, object] of Object.entries(json))
    test(`json: ${what}`, () => {
      assert.equal(between('json', jsonFrame('MODIFIED', object)), forgotten('MODIFIED', 'undecodable'));
    });

  const spelled: Record<string, string> = {
    'the same key twice':
      '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1","name":"node-2"}}}',
    'a section twice':
      '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1"},"metadata":{"name":"node-1"}}}',
    'the type twice':
      '{"type":"MODIFIED","type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1"}}}',
    'an envelope with more in it':
      '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1"}},"next":1}',
    'a lone surrogate':
      '{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1","labels":{"a":"\\ud800"}}}}',
    'an object without a kind':
      '{"type":"MODIFIED","object":{"apiVersion":"v1","metadata":{"name":"node-1"}}}',
    'an object that is null': '{"type":"MODIFIED","object":null}',
  };
  for (const [what, line] of Object.entries(spelled))
    test(`json: ${what}`, () => {
      assert.equal(between('json', Buffer.from(`${line}\n`)), forgotten('MODIFIED', 'undecodable'));
    });

  const event = (...fields: Buffer[]): Buffer => lengthPrefixed(Buffer.concat(fields));
  const whole = protobufFrame('MODIFIED', node()).subarray(4);
  const protobuf: Record<string, [Buffer, string]> = {
    'an empty frame': [event(), 'other'],
    'a type alone': [event(stringField(1, 'MODIFIED')), 'MODIFIED'],
    'an object without the magic': [
      event(stringField(1, 'MODIFIED'), bytesField(2, bytesField(1, Buffer.from('{"kind":"Node"}')))),
      'MODIFIED',
    ],
    'an unknown field in the envelope': [event(whole, stringField(3, 'x')), 'MODIFIED'],
    'the type twice': [event(whole, stringField(1, 'MODIFIED')), 'MODIFIED'],
    'a truncated message': [event(whole.subarray(0, -3)), 'MODIFIED'],
    'a group': [event(whole, Buffer.from([0x1b, 0x1c])), 'MODIFIED'],
    'a varint without end': [event(whole, Buffer.alloc(11, 0xff)), 'MODIFIED'],
    'a type of the wrong wire type': [event(varintField(1, 5), whole), 'other'],
  };
  for (const [what, [bytes, type]] of Object.entries(protobuf))
    test(`protobuf: ${what}`, () => {
      assert.equal(between('protobuf', bytes), forgotten(type, 'undecodable'));
    });
});

describe('a frame over the limit passes unseen, and clears the baseline (R8)', () => {
  for (const encoding of BOTH)
    test(encoding, () => {
      const large = frame(encoding, 'MODIFIED', node({ metadata: { annotations: { a: 'x'.repeat(3000) } } }));
      const bytes = Buffer.concat([
        frame(encoding, 'ADDED', node()),
        large,
        frame(encoding, 'MODIFIED', node()),
        frame(encoding, 'MODIFIED', node()),
      ]);
      const { output, tally } = sieveChunks([bytes], { encoding, maxFrameBytes: 2000 });
      assert.ok(output.includes(large));
      assert.equal(counted(tally), forgotten('other', 'oversize'));
      assert.equal(tally.bytesReceived, bytes.length);
    });

  test('protobuf: a length of four gigabytes is neither waited for nor allocated', () => {
    const hostile = Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
    const { output, torn, tally } = sieveChunks([hostile], { encoding: 'protobuf' });
    assert.ok(output.equals(hostile));
    assert.equal(torn, true);
    assert.equal(counted(tally), 'other forwarded oversize 1');
  });
});

describe('where framing is lost, everything after passes as it came (R8)', () => {
  const verbatim = (bytes: Buffer): void => {
    const { output, tally } = sieveChunks([bytes.subarray(0, 20), bytes.subarray(20)]);
    assert.ok(output.equals(bytes));
    assert.match(counted(tally), /other forwarded verbatim 1$/);
    assert.equal(tally.bytesReceived, bytes.length);
  };

  test('a line that is not JSON', () => {
    verbatim(
      Buffer.concat([
        Buffer.from('no json at all\n'),
        frame('json', 'ADDED', node()),
        frame('json', 'MODIFIED', node()),
      ]),
    );
  });

  test('an event spread over lines', () => {
    const pretty = `${JSON.stringify({ type: 'ADDED', object: node() }, null, 2)}\n`;
    verbatim(Buffer.from(pretty + pretty));
  });

  test('brackets of the wrong kind', () => {
    verbatim(Buffer.from('{"type":"MODIFIED","object":{"kind":"Node","x":[}]}\n{"type":"MODIFIED"}\n'));
  });

  test('nesting without end', () => {
    verbatim(Buffer.from(`{"type":"MODIFIED","object":{"x":${'['.repeat(100_000)}\n`));
  });

  test('a LIST where a watch was expected passes without waiting for its end', () => {
    const list = fixture('list.json');
    const { output } = sieveChunks([list.subarray(0, 50)]);
    assert.ok(output.equals(list.subarray(0, 50)));
    verbatim(list);
  });

  test('an encoding without a scanner', () => {
    const bytes = fixture('watchlist-gzip.json.gz');
    const { output, tally } = sieveChunks([bytes], { encoding: 'opaque' });
    assert.ok(output.equals(bytes));
    assert.equal(counted(tally), 'other forwarded verbatim 1');
  });
});

test('an exception of our own is doubt: everything from there on passes (I1)', () => {
  for (const encoding of BOTH) {
    const bytes = Buffer.concat([frame(encoding, 'ADDED', node()), frame(encoding, 'MODIFIED', node())]);
    const { output, tally } = sieveChunks([bytes], {
      encoding,
      passAt: () => {
        throw new RangeError('a bug');
      },
    });
    assert.ok(output.equals(bytes));
    assert.equal(counted(tally), 'other forwarded verbatim 1');
    assert.equal(tally.bytesReceived, bytes.length);
  }
});
