/** docs/check.md says what the table of faults says, and help names what the command takes. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHECK_NAMES, FAULTS } from '../../../src/install/check/faults.ts';
import { run } from '../../../src/cli/run.ts';
import { SETTING_FIELDS, SETTINGS } from '../../../src/config/settings.ts';
import { fakeIo } from '../../cli/fake-io.ts';
import { FAULT_NAMES, renderCheckDocs } from './render-docs.ts';

const DOCS = new URL('../../../docs/check.md', import.meta.url);

test('docs/check.md is what the table of faults says; UPDATE_DOCS=1 writes it (R44)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCS, renderCheckDocs());
  assert.equal(readFileSync(DOCS, 'utf8'), renderCheckDocs());
});

test('faults stand in the order of the checks, and each names a cure (R44)', () => {
  const order = FAULT_NAMES.map((fault) => CHECK_NAMES.indexOf(FAULTS[fault].check));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  for (const fault of FAULT_NAMES) assert.ok(FAULTS[fault].cure.length > 20, fault);
});

test('check --help names its own flags and those of serve, within 80 columns (R33)', async () => {
  const io = fakeIo();
  assert.equal(await run(['check', '--nonsense', '--help'], io), 0);
  for (const flag of ['client-kubeconfig', 'client-token-file', 'output'])
    assert.ok(io.out().includes(`  --${flag} <`), flag);
  for (const field of SETTING_FIELDS) assert.ok(io.out().includes(`  --${SETTINGS[field].flag} <`), field);
  for (const line of io.out().split('\n')) assert.ok(line.length <= 80, line);
});
