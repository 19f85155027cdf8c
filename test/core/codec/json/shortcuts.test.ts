import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NODES } from '../../../../src/core/resource/node.ts';
import { planOf, PRESETS } from '../../../../src/core/projection/presets.ts';
import { JsonScanner } from '../../../../src/core/codec/json/scanner.ts';
import { WatchEvent } from '../../../../src/core/codec/watch-event.ts';
import { arbitraryNode } from '../../../support/arbitrary-node.ts';
import { jsonFrame } from '../../../support/encode.ts';
import { fixture, jsonFrames } from '../../../support/fixtures.ts';
import { inGoOrder } from '../../../support/go-order.ts';
import { runs, some } from '../../../support/property-runs.ts';
import { node } from '../../../support/sieving.ts';

/** One white space where Go writes none: the same JSON, but no layout that a shortcut may trust. */
function withoutLayout(frame: Buffer): Buffer {
  return Buffer.from(frame.toString().replace('"object":{"kind"', '"object":{ "kind"'));
}

function read(scanner: JsonScanner, frame: Buffer): object {
  const event = new WatchEvent();
  scanner.scan(frame, 0, frame.length, event);
  const { understanding, type, key: name, resourceVersion, canonical } = event;
  return { understanding, type, name, resourceVersion, canonical: canonical.view().toString('hex') };
}

describe('shortcuts read what the tokenizer reads (R15)', () => {
  for (const preset of PRESETS) {
    test(`${preset}: every recorded event`, () => {
      const scanner = new JsonScanner(NODES, planOf(preset));
      for (const name of ['watch.json', 'watchlist.json', 'watch-selector.json'])
        for (const frame of some(jsonFrames(fixture(name))))
          assert.deepEqual(read(scanner, frame), read(scanner, withoutLayout(frame)));
    });

    test(`${preset}: generated Nodes with hostile text, in Go's order and in any other`, () => {
      const scanner = new JsonScanner(NODES, planOf(preset));
      fc.assert(
        fc.property(arbitraryNode, fc.boolean(), (generated, ordered) => {
          const frame = jsonFrame('MODIFIED', ordered ? inGoOrder(generated) : generated);
          assert.deepEqual(read(scanner, frame), read(scanner, withoutLayout(frame)));
        }),
        runs(800),
      );
    });
  }

  const hostile = ']},"spec":{"unschedulable":true},"status":{}}}';
  const nasty: Record<string, object> = {
    'an annotation that holds the end of managedFields': { metadata: { annotations: { a: hostile } } },
    'a manager that does': { metadata: { managedFields: [{ manager: hostile, operation: 'Update' }] } },
    'a key of fieldsV1 that does': {
      metadata: {
        managedFields: [
          { manager: 'm', operation: 'Update', fieldsV1: { [`k:${hostile}`]: {}, 'f:spec': {} } },
        ],
      },
    },
    'a bracket in managedFields': { metadata: { managedFields: [{ manager: 'm]', operation: 'Update' }] } },
    'an image that does': { status: { images: [{ names: [hostile], sizeBytes: 1 }] } },
    'finalizers behind managedFields': { metadata: { managedFields: [{ manager: 'm' }], finalizers: ['f'] } },
    'addresses behind images': { status: { addresses: undefined, images: [{ names: ['i'] }], z: 1 } },
  };
  for (const [what, parts] of Object.entries(nasty))
    test(what, () => {
      const scanner = new JsonScanner(NODES, planOf('metallb'));
      const frame = jsonFrame('MODIFIED', inGoOrder(node(parts)));
      assert.deepEqual(read(scanner, frame), read(scanner, withoutLayout(frame)));
    });

  test('they are taken: what they step over is not looked at', () => {
    const scanner = new JsonScanner(NODES, planOf('metallb'));
    const [frame] = jsonFrames(fixture('watch.json'));
    assert.ok(frame !== undefined);
    const images = frame.indexOf('"images":[') + 20;
    const managed = frame.indexOf('"managedFields":[') + 20;
    const unreadable = Buffer.from(frame);
    unreadable.fill('{', images, images + 4);
    unreadable.fill('{', managed, managed + 4);
    assert.deepEqual(read(scanner, unreadable), read(scanner, frame));
  });

  test('one that ended too early, in a list inside them, is noticed: all of it is walked', () => {
    const scanner = new JsonScanner(NODES, planOf('metallb'));
    const layers = [{ layers: [{ a: 1 }], names: ['i'] }];
    const lists = [{ manager: 'm', a: { b: [1] }, spec: {} }];
    for (const parts of [
      { status: { images: layers } },
      { status: { images: [...layers, ...layers], z: [{}] } },
      { metadata: { managedFields: [{ a: [], spec: {} }] } },
      { metadata: { managedFields: lists }, status: { images: layers } },
    ]) {
      const { metadata, spec, status } = node(parts);
      const frame = jsonFrame('MODIFIED', { ...inGoOrder(node(parts)), status: { ...status } });
      assert.equal(
        Reflect.get(read(scanner, frame), 'understanding'),
        'projected',
        `${metadata.name} ${spec.podCIDR}`,
      );
      assert.deepEqual(read(scanner, frame), read(scanner, withoutLayout(frame)));
    }
  });

  test('a frame that was cut before its last brace is none, though its status ends with braces of its own (R9)', () => {
    const scanner = new JsonScanner(NODES, planOf('metallb'));
    const { status, ...rest } = inGoOrder(node());
    const whole = jsonFrame('MODIFIED', { ...rest, status: { ...status, features: { a: { b: {} } } } });
    for (let cut = 2; cut < 6; cut++) {
      const torn = whole.subarray(0, whole.length - cut);
      assert.equal(Reflect.get(read(scanner, torn), 'understanding'), 'malformed');
    }
  });

  test('a status that comes before spec takes none: cordon is still seen', () => {
    const scanner = new JsonScanner(NODES, planOf('metallb'));
    const { kind, apiVersion, metadata, spec, status } = node();
    const turned = (unschedulable: boolean): object =>
      read(
        scanner,
        jsonFrame('MODIFIED', { kind, apiVersion, metadata, status, spec: { ...spec, unschedulable } }),
      );
    assert.notDeepEqual(turned(true), turned(false));
  });
});
