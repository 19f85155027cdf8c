/** Who has to go where there is no room for one more (R27): never whoever takes less than another. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { type Guest, type GuestLimit, Guests, type PlaceKind } from '../../../src/serve/proxy/guests.ts';
import { runs } from '../../support/property-runs.ts';

class TestGuest implements Guest {
  readonly caller: string;
  readonly kind: PlaceKind;
  canBeRefused = true;
  gone: GuestLimit | undefined;

  constructor(caller: string, kind: PlaceKind = 'requests') {
    this.caller = caller;
    this.kind = kind;
  }

  giveWay(limit: GuestLimit): void {
    this.gone = limit;
  }
}

interface Given {
  readonly places?: number;
  readonly connections?: number;
  readonly bytes?: number;
}

function house({ places = 3, connections = Infinity, bytes = 1000 }: Given = {}) {
  const budget = new ByteBudget(bytes);
  const refused: GuestLimit[] = [];
  const limits = { streams: places, upgrades: places, requests: places, connections };
  const guests = new Guests({ limits, budget, onRefused: (limit) => refused.push(limit) });
  const enter = (caller: string, kind: PlaceKind = 'requests', size = 1): TestGuest => {
    const guest = new TestGuest(caller, kind);
    const limit = guests.enter(guest, size);
    if (limit !== undefined) guest.gone = limit;
    return guest;
  };
  return { budget, refused, guests, enter };
}

type Enter = ReturnType<typeof house>['enter'];

describe('places', () => {
  test('a flood of requests drowns its own first, and lets another caller in', () => {
    const { enter, refused } = house();
    const flood = [enter('flood'), enter('flood'), enter('flood'), enter('flood')];
    assert.equal(enter('other').gone, undefined);
    assert.deepEqual(
      flood.map(({ gone }) => gone),
      ['requests', 'requests', undefined, undefined],
    );
    assert.deepEqual(refused, ['requests', 'requests']);
  });

  test('where all have their answer, the newcomer is refused, unless another caller has more', () => {
    const { enter } = house();
    const flood = [enter('flood'), enter('flood'), enter('flood')];
    for (const guest of flood) guest.canBeRefused = false;
    assert.equal(enter('flood').gone, 'requests');
    const other = enter('other');
    other.canBeRefused = false;
    assert.equal(other.gone, undefined);
    assert.equal(flood[0]?.gone, 'requests');
    // Two of the flood, one other: one more of its own would make them even, and displace nobody.
    assert.equal(enter('other').gone, 'requests');
    assert.equal(other.gone, undefined);
  });

  test('a watch more is refused its own client, and one less taken from a client with many', () => {
    const { enter } = house();
    const many = [enter('many', 'streams'), enter('many', 'streams'), enter('many', 'streams')];
    assert.equal(enter('many', 'streams').gone, 'streams');
    assert.equal(enter('one', 'streams').gone, undefined);
    assert.deepEqual(
      many.map(({ gone }) => gone),
      ['streams', undefined, undefined],
    );
  });

  test('each kind has its own', () => {
    const { enter } = house({ places: 1 });
    assert.equal(enter('a', 'streams').gone, undefined);
    assert.equal(enter('b', 'upgrades').gone, undefined);
    assert.equal(enter('c', 'requests').gone, undefined);
  });

  test('all kinds together have no more than there are connections for', () => {
    const { enter, refused } = house({ places: 100, connections: 3 });
    const flood = [enter('flood', 'upgrades'), enter('flood', 'streams'), enter('flood', 'requests')];
    const [tunnel = assert.fail(), watch = assert.fail(), request = assert.fail()] = flood;
    // The oldest that waits.
    tunnel.canBeRefused = false;
    watch.canBeRefused = false;
    assert.equal(enter('other').gone, undefined);
    assert.equal(request.gone, 'connections');
    assert.equal(tunnel.gone, undefined);
    // Where none waits, one that has its answer, of a caller with more than the newcomer would have.
    assert.equal(enter('third').gone, undefined);
    assert.equal(tunnel.gone, 'connections');
    assert.equal(enter('fourth').gone, 'connections');
    assert.equal(watch.gone, undefined);
    assert.deepEqual(refused, ['connections', 'connections', 'connections']);
  });

  test('nobody goes for one that is refused at another limit: neither for its place, nor for its bytes', () => {
    const { enter, refused, budget } = house({ places: 1, connections: 3 });
    const flood = [enter('flood', 'requests', 400), enter('flood', 'upgrades', 400)];
    const watch = enter('flood', 'streams', 100);
    // It would have the place of the request or the upgrade, and the rest even of both leaves it too few bytes.
    for (const kind of ['requests', 'upgrades'] as const)
      assert.equal(enter('other', kind, 2000).gone, 'memory');
    assert.deepEqual(
      [...flood, watch].map(({ gone }) => gone),
      [undefined, undefined, undefined],
    );
    assert.deepEqual(refused, ['memory', 'memory']);
    assert.equal(budget.held, 900);
    // Where the bytes of whoever goes for the place are enough, nobody goes for them.
    assert.equal(enter('other', 'requests', 500).gone, undefined);
    assert.deepEqual(
      [...flood, watch].map(({ gone }) => gone),
      ['requests', undefined, undefined],
    );
    assert.equal(budget.held, 1000);
  });

  test('what a caller has beyond its share is a crowd, and nobody else is one', () => {
    const { enter, guests } = house({ places: 100 });
    const flood = Array.from({ length: 33 }, () => enter('flood'));
    const [first = assert.fail(), last = assert.fail()] = [flood[0], flood.at(-1)];
    assert.ok(guests.isCrowd(last));
    assert.ok(!guests.isCrowd(enter('other')));
    guests.leave(first);
    assert.ok(!guests.isCrowd(last));
  });
});

describe('bytes', () => {
  test('the caller that keeps the most gives way, by its largest', () => {
    const { enter, budget } = house({ places: 100 });
    const small = enter('small', 'requests', 100);
    const large = [enter('large', 'requests', 300), enter('large', 'requests', 400)];
    assert.equal(enter('other', 'requests', 300).gone, undefined);
    assert.deepEqual(
      large.map(({ gone }) => gone),
      [undefined, 'memory'],
    );
    assert.equal(small.gone, undefined);
    assert.equal(budget.held, 700);
  });

  test('whoever wants more than anybody has is refused itself', () => {
    const { enter, budget } = house({ places: 100 });
    const small = enter('small', 'requests', 400);
    assert.equal(enter('large', 'requests', 700).gone, 'memory');
    assert.equal(small.gone, undefined);
    assert.equal(budget.held, 400);
  });

  test('what is kept later counts the same, and may end the one that keeps it', () => {
    const { enter, guests, budget } = house({ places: 100 });
    const small = enter('small', 'requests', 300);
    const large = enter('large', 'requests', 300);
    guests.charge(large, 300);
    assert.equal(budget.held, 900);
    guests.refund(large, 200);
    assert.equal(budget.held, 700);
    guests.charge(large, 400);
    assert.equal(large.gone, 'memory');
    assert.equal(small.gone, undefined);
    assert.equal(budget.held, 300);
    // Whoever has left keeps nothing.
    guests.charge(large, 400);
    guests.refund(large, 400);
    guests.leave(large);
    assert.equal(budget.held, 300);
  });

  for (const [what, want] of [
    ['of one that comes', (_guests: Guests, enter: Enter) => enter('other', 'requests', 350)],
    [
      'of one that is there',
      (guests: Guests, enter: Enter) => {
        const guest = enter('other', 'requests', 0);
        guests.charge(guest, 350);
        return guest;
      },
    ],
  ] as const)
    test(`nobody goes for bytes ${what} that cannot be had even so`, () => {
      const { enter, guests, budget } = house({ places: 100 });
      const many = [1, 2, 3].map(() => enter('many', 'requests', 150));
      budget.take(550);
      // Where one of the many had gone, the other would want more than they have left.
      assert.equal(want(guests, enter).gone, 'memory');
      assert.deepEqual(
        many.map(({ gone }) => gone),
        [undefined, undefined, undefined],
      );
      assert.equal(budget.held, 1000);
    });

  test('what another part of the program keeps is not taken from it', () => {
    const { enter, budget } = house({ places: 100 });
    budget.take(900);
    assert.equal(enter('one', 'requests', 200).gone, 'memory');
    assert.equal(budget.held, 900);
  });
});

test('whatever comes and goes, limits hold and nothing is left in the end (R27, I6)', () => {
  const action = fc.record({
    what: fc.constantFrom('enter', 'enter', 'charge', 'refund', 'leave', 'answer', 'recognise'),
    who: fc.nat(30),
    caller: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.constantFrom<PlaceKind>('requests', 'streams', 'upgrades'),
    bytes: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const { guests, enter, budget } = house({ places: 5, connections: 9, bytes: 2000 });
      let all: TestGuest[] = [];
      const charged = new Map<TestGuest, number>();
      for (const { what, who, caller, kind, bytes } of actions) {
        const guest = all[who % Math.max(all.length, 1)];
        if (what === 'enter') all.push(enter(caller, kind, bytes));
        else if (guest === undefined) continue;
        else if (what === 'charge') {
          guests.charge(guest, bytes);
          if (guest.gone === undefined) charged.set(guest, (charged.get(guest) ?? 0) + bytes);
        } else if (what === 'refund') {
          guests.refund(guest, charged.get(guest) ?? 0);
          charged.delete(guest);
        } else if (what === 'leave') {
          guests.leave(guest);
          guest.gone = 'memory';
        } else if (what === 'answer') guest.canBeRefused = false;
        else guests.recognise(guest, caller);
        all = all.filter(({ gone }) => gone === undefined);
        assert.ok(budget.held <= budget.limit);
        for (const each of ['requests', 'streams', 'upgrades'])
          assert.ok(all.filter((one) => one.kind === each).length <= 5);
        assert.ok(all.length <= 9);
      }
      for (const guest of all) guests.leave(guest);
      assert.equal(budget.held, 0);
    }),
    runs(300),
  );
});
