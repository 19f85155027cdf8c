import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { INSTALL, INSTALL_GROUPS, INSTALL_ROWS } from '../../src/install/flags/rows.ts';
import { renderSettingsHelp } from '../../src/config/render.ts';
import { renderSettingsMarkdown } from './settings-markdown.ts';
import { envName, fileKey, SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { SOURCE } from '../../src/core/resource/tables/rows.ts';
import { PRESETS } from '../../src/core/projection/presets.ts';

const INSTALL_TABLE = { groups: INSTALL_GROUPS, rows: Object.values(INSTALL) };
const DOCS = new URL('../../docs/settings.md', import.meta.url);

test('docs/settings.md is what the table says; UPDATE_DOCS=1 writes it (R33)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCS, renderSettingsMarkdown(INSTALL_TABLE));
  assert.equal(readFileSync(DOCS, 'utf8'), renderSettingsMarkdown(INSTALL_TABLE));
});

test('help and docs name every setting, in help within 80 columns (R33)', () => {
  const help = renderSettingsHelp();
  const docs = renderSettingsMarkdown(INSTALL_TABLE);
  for (const field of SETTING_FIELDS) {
    const { flag, inFile } = SETTINGS[field];
    assert.ok(help.includes(`  --${flag} <`), flag);
    assert.ok(docs.includes(`### \`--${flag}\``), flag);
    assert.ok(docs.includes(`\`${envName(flag)}\``), flag);
    assert.ok(inFile === 'none' || docs.includes(`\`${fileKey(flag)}\``), flag);
  }
  for (const line of help.split('\n')) assert.ok(line.length <= 80, line);
});

test('docs have a row for each flag of inject, uninject and webhook, and each has a heading there is (R33)', () => {
  const docs = renderSettingsMarkdown(INSTALL_TABLE);
  for (const { flag, help, group } of Object.values(INSTALL)) {
    assert.ok(docs.includes(`- \`--${flag}`) && docs.includes(help), flag);
    assert.ok(
      INSTALL_GROUPS.some((known) => known === group),
      group,
    );
  }
  const taken = new Set(Object.values(INSTALL_ROWS).flat());
  assert.deepEqual(
    Object.values(INSTALL).filter((row) => !taken.has(row)),
    [],
  );
});

test('docs name the Kubernetes whose resources are known', () => {
  const [, minor = ''] = /^k8s\.io\/api v0\.(\d+)\./.exec(SOURCE) ?? [];
  assert.ok(renderSettingsMarkdown(INSTALL_TABLE).includes(`(as of 1.${minor})`), SOURCE);
});

test('environment names and file keys follow from the flag', () => {
  assert.equal(envName('state-dir'), 'WATCHSIEVE_STATE_DIR');
  assert.equal(fileKey('upstream-ping-interval'), 'upstreamPingInterval');
});

test('the presets one can choose are those there are (R14)', () => {
  assert.equal(SETTINGS.preset.kind.label, PRESETS.join('|'));
});
