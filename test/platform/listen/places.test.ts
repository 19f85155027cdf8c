/** Who leaves a listener when its last place is wanted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Placed, Places } from '../../../src/platform/listen/places.ts';

interface Guest extends Placed {
  isAsking: boolean;
  isAnswered: boolean;
}

function guests(count: number): { readonly places: Places<Guest>; readonly all: Guest[] } {
  const places = new Places<Guest>(count);
  const all = Array.from({ length: count }, () => ({ isAsking: false, isAnswered: false }));
  for (const guest of all) places.enter(guest);
  return { places, all };
}

function serve(places: Places<Guest>, guest: Guest | undefined): void {
  assert.ok(guest !== undefined);
  guest.isAsking = true;
  places.busy(guest);
}

test('R27: the last place is had from the connection that has been without a request the longest', () => {
  const { places, all } = guests(3);
  serve(places, all[0]);
  assert.equal(places.isFull, true);
  assert.equal(places.dispensable, all[1]);
});

test('R27: where all have asked, one whose answer is written makes room, and none that waits for it', () => {
  const { places, all } = guests(3);
  for (const guest of all) serve(places, guest);
  assert.equal(places.dispensable, undefined);
  const refused = all[1];
  assert.ok(refused !== undefined);
  refused.isAnswered = true;
  assert.equal(places.dispensable, refused);
});

test('R27: one that is to end anyhow goes first', () => {
  const { places, all } = guests(3);
  const last = all[2];
  assert.ok(last !== undefined);
  places.leaving(last);
  assert.equal(places.dispensable, last);
});
