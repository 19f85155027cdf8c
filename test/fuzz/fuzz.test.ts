/** A few inputs of each target with a fixed seed, and those that are kept (R15, R27). The rest: `npm run test:fuzz`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kept } from './corpus.ts';
import { drive, failureOf } from './drive.ts';
import { parseJsonSlowly } from './slow-json.ts';
import { TARGETS } from './targets.ts';
import { runs } from '../support/property-runs.ts';

const INPUTS = runs(300).numRuns;

for (const target of TARGETS)
  describe(`hostile input: ${target.name} (R27)`, () => {
    let opened: AsyncDisposable | undefined;
    before(async () => {
      opened = await target.open?.();
    });
    after(() => opened?.[Symbol.asyncDispose]());

    test('random inputs break no rule', async () => {
      const { failure } = await drive({ target, seed: 1, from: 0, to: INPUTS, outcomes: new Map() });
      assert.equal(failure?.message, undefined, `input ${failure?.at ?? ''}`);
    });

    for (const { name, input } of kept(target.name))
      test(`kept input: ${name}`, async () => {
        assert.equal(await failureOf(target, input), undefined);
      });
  });

test('the slow decoder of JSON reads what the fast one reads', () => {
  const texts = [
    ...[
      '{}',
      '[]',
      ' [ 1 , -2.5e3, true, null ] ',
      '{"a":{"b":[{"c":"d"}]},"a":1}',
      '"\\u0062\\n\\""',
      '{"__proto__":1}',
    ],
    ...[
      '',
      '{',
      '[1,]',
      '{"a":1,}',
      '{a:1}',
      '01',
      '1.',
      '"\n"',
      '"\\x"',
      '[1 2]',
      'nul',
      '{"a" 1}',
      '[]]',
      '\ufeff[]',
    ],
  ];
  for (const text of texts) assert.deepEqual(read(parseJsonSlowly, text), read(JSON.parse, text), text);
});

function read(parse: (text: string) => unknown, text: string): unknown {
  try {
    return { value: parse(text) };
  } catch {
    return 'not JSON';
  }
}
