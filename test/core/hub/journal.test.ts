import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Entry, Journal } from '../../../src/core/hub/journal.ts';

const UNBOUNDED = { maxBytes: Infinity, maxAgeMs: Infinity };

function entry(resourceVersion: string, at = 0, bytes = 100): Entry {
  return { kind: 'event', key: 'a', resourceVersion, bytes: Buffer.alloc(bytes), at };
}

/** What a reader of this resourceVersion would be sent. */
function behind(journal: Journal, resourceVersion: string): string[] | undefined {
  const from = journal.positionAfter(resourceVersion);
  if (from === undefined) return undefined;
  const found: string[] = [];
  for (let at = from; at < journal.end; at++) found.push(journal.at(at)?.resourceVersion ?? 'gone');
  return found;
}

test('whoever holds the state at a resourceVersion lacks what comes behind it, whether it is in the journal or not', () => {
  const journal = new Journal(UNBOUNDED, '90');
  for (const version of ['95', '99', '100', '1000']) journal.append(entry(version));
  assert.deepEqual(behind(journal, '90'), ['95', '99', '100', '1000']);
  assert.deepEqual(behind(journal, '97'), ['99', '100', '1000']);
  assert.deepEqual(behind(journal, '99'), ['100', '1000']);
  assert.deepEqual(behind(journal, '1000'), []);
  assert.deepEqual(behind(journal, '5000'), []);
  assert.equal(behind(journal, '89'), undefined);
  assert.equal(journal.floorAt, undefined);
});

test('what is too old or too much falls out, and nobody is told that the rest is all there was (I13)', () => {
  const journal = new Journal({ maxBytes: 1000, maxAgeMs: 50 }, '1');
  for (const version of ['10', '11', '12', '13']) journal.append(entry(version, Number(version)));
  assert.deepEqual([journal.floor, journal.floorAt], ['10', 10]);
  assert.equal(behind(journal, '9'), undefined);
  assert.deepEqual(behind(journal, '10'), ['11', '12', '13']);
  assert.ok(journal.bytes <= 1000);
  journal.expire(62);
  assert.deepEqual(behind(journal, '12'), ['13']);
  assert.equal(behind(journal, '11'), undefined);
  journal.expire(1000);
  assert.deepEqual([journal.bytes, journal.start === journal.end], [0, true]);
  assert.deepEqual(behind(journal, '13'), []);
  assert.equal(behind(journal, '12'), undefined);
});

test('one entry that is larger than the journal falls out at once', () => {
  const journal = new Journal({ maxBytes: 1000, maxAgeMs: 50 }, '1');
  journal.append(entry('10', 0, 2000));
  assert.deepEqual([journal.start, journal.end, journal.bytes, journal.floor], [1, 1, 0, '10']);
});

test('positions stay what they are, however much has fallen out', () => {
  const steps = fc.array(fc.record({ size: fc.integer({ min: 0, max: 600 }), age: fc.nat(40) }));
  fc.assert(
    fc.property(steps, (all) => {
      const journal = new Journal({ maxBytes: 2000, maxAgeMs: 100 }, '1');
      let now = 0;
      for (const [at, { size, age }] of all.entries()) {
        now += age;
        assert.equal(journal.end, at);
        journal.append(entry(String(at + 2), now, size));
        journal.expire(now);
        for (let position = 0; position <= at; position++) {
          const found = journal.at(position)?.resourceVersion;
          assert.equal(found, position < journal.start ? undefined : String(position + 2));
          const reach = position < journal.start - 1 ? undefined : position + 1;
          assert.equal(journal.positionAfter(String(position + 2)), reach);
        }
      }
    }),
  );
});
