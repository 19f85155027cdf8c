import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProtobufReader, UNDECODABLE } from '../../../../src/core/codec/protobuf/reader.ts';
import { bytesField, varint, varintField } from '../../../support/encode.ts';
import { runs } from '../../../support/property-runs.ts';

interface Field {
  readonly field: number;
  readonly wireType: number;
  readonly payload: string;
}

/** All fields of a message that lies between other bytes. Each must begin where the one before has ended. */
function fieldsOf(message: Buffer): Field[] {
  // What follows would end any varint that is read too far.
  const bytes = Buffer.concat([Buffer.from([0xff, 0xff]), message, Buffer.alloc(12)]);
  const reader = new ProtobufReader();
  reader.reset(bytes);
  const limit = 2 + message.length;
  const fields: Field[] = [];
  for (let at = 2; at < limit;) {
    const next = reader.next(at, limit);
    assert.equal(reader.tagStart, at);
    assert.equal(reader.end, next);
    assert.ok(next > at && next <= limit);
    const { field, wireType, start, end } = reader;
    fields.push({ field, wireType, payload: bytes.toString('hex', start, end) });
    at = next;
  }
  return fields;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const isRefused = (message: Buffer): void => assert.throws(() => fieldsOf(message), UNDECODABLE);

describe('fields of the wire format', () => {
  test('each wire type, with the bounds of its payload', () => {
    assert.deepEqual(fieldsOf(hex('08 05 11 0102030405060708 1a 03 616263 25 01020304 2a 00')), [
      { field: 1, wireType: 0, payload: '05' },
      { field: 2, wireType: 1, payload: '0102030405060708' },
      { field: 3, wireType: 2, payload: '616263' },
      { field: 4, wireType: 5, payload: '01020304' },
      { field: 5, wireType: 2, payload: '' },
    ]);
  });

  test('any field numbers and lengths, read back as they were written', () => {
    const number = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 29 - 1 }));
    const field = fc.oneof(
      fc.tuple(number, fc.uint8Array({ maxLength: 300 })).map(([field, payload]) => ({
        bytes: bytesField(field, Buffer.from(payload)),
        read: { field, wireType: 2, payload: Buffer.from(payload).toString('hex') },
      })),
      fc.tuple(number, fc.maxSafeInteger()).map(([field, value]) => ({
        bytes: varintField(field, value),
        read: { field, wireType: 0, payload: varint(value).toString('hex') },
      })),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
        assert.deepEqual(
          fieldsOf(Buffer.concat(fields.map(({ bytes }) => bytes))),
          fields.map(({ read }) => read),
        );
      }),
      runs(500),
    );
  });

  test('a payload of two million bytes', () => {
    assert.equal(fieldsOf(bytesField(7, Buffer.alloc(2_100_000)))[0]?.payload.length, 4_200_000);
  });

  test('the largest field number, and a tag spelled longer than it need be', () => {
    assert.equal(fieldsOf(hex('f8 ff ff ff 0f 01'))[0]?.field, 2 ** 29 - 1);
    assert.equal(fieldsOf(hex('88 80 80 80 00 01'))[0]?.field, 1);
  });

  test('a number whose bytes are as small as they may be', () => {
    assert.equal(fieldsOf(hex('08 80 01'))[0]?.payload, '8001');
  });

  test('a negative number, ten bytes long', () => {
    assert.equal(fieldsOf(hex('08 ff ff ff ff ff ff ff ff ff 01'))[0]?.payload.length, 20);
  });
});

describe('what is refused', () => {
  test('whatever leaves its message, at each byte where it may be cut', () => {
    for (const whole of [
      '08 ff 01',
      '11 0102030405060708',
      '1a 03 616263',
      '25 01020304',
      '9a 80 01 80 01'.concat('00'.repeat(128)),
    ]) {
      const message = hex(whole);
      assert.equal(fieldsOf(message).length, 1);
      for (let end = 1; end < message.length; end++) isRefused(message.subarray(0, end));
    }
  });

  test('groups and wire types that do not exist', () => {
    for (const wireType of [3, 4, 6, 7]) isRefused(Buffer.from([8 + wireType, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  });

  test('field number 0', () => {
    for (const wireType of [0, 1, 2, 5]) isRefused(Buffer.from([wireType, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  });

  test('tags and lengths beyond 32 bits, and numbers of more than ten bytes', () => {
    isRefused(hex('f8 ff ff ff 1f 01'));
    isRefused(hex('88 80 80 80 80 00 01'));
    isRefused(hex('0a 81 80 80 80 10 61'));
    isRefused(hex('08 ff ff ff ff ff ff ff ff ff ff 01'));
  });

  test('a length of almost four gigabytes: it does not turn negative', () => {
    isRefused(hex('0a ff ff ff ff 0f 61'));
    isRefused(hex('0a 80 80 80 80 08 61'));
    isRefused(hex('0a fe ff ff ff 0f 61'));
  });
});
