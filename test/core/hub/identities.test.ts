import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec } from '../../../src/core/codec/codec.ts';
import { Identities } from '../../../src/core/hub/identities.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { codec, epochOf, feed, frameOf, listBody, type Made } from './feeding.ts';

const metadataList = (resourceVersion: string, nodes: readonly Made[]): Buffer => {
  const body = listBody(resourceVersion, nodes, 'PartialObjectMetadataList').toString();
  return Buffer.from(body.replace('"apiVersion":"v1"', '"apiVersion":"meta.k8s.io/v1"'));
};

test('I14: a comparison reads one stored object for each item that comes, as it was when the comparison began', () => {
  let scanned = 0;
  const counting: Codec = {
    ...codec,
    scanner: (resource, plan) => {
      const scanner = codec.scanner(resource, plan);
      return {
        scan: (...of) => {
          scanned += 1;
          scanner.scan(...of);
        },
        endsInitialEvents: (...of) => scanner.endsInitialEvents(...of),
        scanItem: (...of) => scanner.scanItem(...of),
      };
    },
  };
  const nodes = ['a', 'b', 'c'].map((name, at) => ({ name, resourceVersion: `${at + 1}` }));
  const epoch = epochOf('5', nodes);
  const identities = new Identities(epoch, counting, NODES);
  assert.equal(scanned, 0);
  feed(epoch, frameOf('MODIFIED', { name: 'b', resourceVersion: '6' }));
  const body = metadataList('5', nodes);
  const second = body.indexOf('"name":"b"');
  identities.push(body.subarray(0, second));
  assert.equal(scanned, 1);
  identities.push(body.subarray(second));
  assert.equal(scanned, 3);
  assert.equal(identities.finish(), true);
});

test('I14: an object of another uid, of another time, one more and one less each make a difference', () => {
  const nodes = ['a', 'b'].map((name) => ({ name, resourceVersion: '3' }));
  const [a = assert.fail(), b = assert.fail()] = nodes;
  for (const listed of [
    [a, { ...b, uid: 'uid-other' }],
    [a, { ...b, resourceVersion: '4' }],
    [a, b, { name: 'c', resourceVersion: '2' }],
    [a],
    [a, a],
    [{ ...a, uid: 'uid-other' }, b],
  ]) {
    const identities = new Identities(epochOf('5', nodes), codec, NODES);
    identities.push(metadataList('5', listed));
    assert.equal(identities.finish(), false, JSON.stringify(listed));
  }
});
