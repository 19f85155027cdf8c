/** One test for each parser of a table. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { superLinear } from './effort.ts';
import type { Parser } from './parser.ts';
import { WORST } from './worst.ts';
import { inTurn } from '../support/property-runs.ts';

export function checkParsers(title: string, parsers: readonly Parser[]): void {
  describe(`${title} take time in proportion to their length (R27)`, () => {
    for (const [row, { file, name, inputs, parse, atMost }] of parsers.entries())
      test(`${name} (${file})`, async () => {
        for (const { name: unit, text } of inTurn(WORST, row)) {
          const count = inputs('').length;
          for (let which = 0; which < count; which++) {
            const found = await superLinear((length) => {
              const input = inputs(text(length))[which]?.slice(0, atMost) ?? '';
              return () => parse(input);
            });
            assert.equal(found, undefined, `input ${which} with ${unit} again and again`);
          }
        }
      });
  });
}
