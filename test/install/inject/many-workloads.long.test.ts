/** Many workloads in one text take time in proportion to their number (R27, R44): measured, and so only with `--whole`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { DEFAULTS, inject, listOf, SPEAKER } from './manifests.ts';

describe('a list of many workloads', () => {
  const timed = (work: () => unknown): number => {
    const start = process.threadCpuUsage();
    work();
    return process.threadCpuUsage(start).user;
  };

  for (const [form, write] of Object.entries({
    YAML: (value: unknown) => stringify(value),
    JSON: (value: unknown) => JSON.stringify(value, null, 2),
    'minified JSON': (value: unknown) => JSON.stringify(value),
  }))
    test(`takes time by its length alone, in ${form}`, () => {
      const [few, many] = [write(listOf(8)), write(listOf(48))];
      inject(few, DEFAULTS);
      const whole = inject(many, DEFAULTS);
      assert.equal(whole.touched.length, 48);
      assert.equal(uninject(whole.text, DEFAULTS.choice).text, many);
      const ratio = timed(() => inject(many, DEFAULTS)) / timed(() => inject(few, DEFAULTS));
      assert.ok(ratio < 15, `6 times as many took ${ratio.toFixed(1)} times as long`);
    });

  test('with directives takes time by its length alone', () => {
    const documents = (count: number) =>
      `%YAML 1.2\n---\n${Array.from({ length: count }, () => SPEAKER).join('...\n---\n')}`;
    const [few, many] = [documents(8), documents(48)];
    inject(few, DEFAULTS);
    assert.equal(inject(many, DEFAULTS).touched.length, 48);
    const ratio = timed(() => inject(many, DEFAULTS)) / timed(() => inject(few, DEFAULTS));
    assert.ok(ratio < 15, `6 times as many took ${ratio.toFixed(1)} times as long`);
  });
});
