/** What a newcomer reads first, and what somebody reads at three in the morning: R49's pages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { DOCUMENTS } from './documents.ts';

const textOf = (path: string): string =>
  DOCUMENTS.find((one) => one.path === path)?.text ?? assert.fail(`no ${path}`);
const README = textOf('README.md');
const PERFORMANCE = textOf('docs/performance.md');
/** Up to the second section, which begins with how to use it. */
const FIRST_SCREEN = README.slice(0, README.indexOf('\n## ', README.indexOf('\n## ') + 1));

/** The cells of each row below the head of the table that follows `before`. */
function rowsBehind(text: string, before: string): readonly (readonly string[])[] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(text.slice(text.indexOf(before))) ?? [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}
const figuresOf = (text: string): readonly number[] =>
  [...text.replaceAll(',', '').matchAll(/\d+(?:\.\d+)?/g)].map(([figure]) => Number(figure));

test("README's first screen says for whom, whether it is worth it, shows one picture and two commands (R49)", () => {
  assert.match(FIRST_SCREEN, /\*\*For whom:\*\*/);
  assert.match(FIRST_SCREEN, /\*\*Is it worth it for me\?\*\*/);
  assert.equal(FIRST_SCREEN.match(/!\[/g)?.length, 1);
  const [, commands = ''] = /```sh\n([^]*?)```/.exec(FIRST_SCREEN) ?? [];
  const lines = commands.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.replace(/ +#.*/, '')),
    ['npm ci && npm run demo', 'npm ci && npm test'],
  );
  assert.equal(FIRST_SCREEN.match(/```/g)?.length, 2);
});

test("README's table is made of the one run in docs/performance.md, and so are its figures of a cluster (R49)", () => {
  const [direct = [], behind = []] = rowsBehind(PERFORMANCE, '\n## Is it worth it');
  const microseconds = Number.parseInt(direct[3] ?? '', 10) - Number.parseInt(behind[3] ?? '', 10);
  const rows = rowsBehind(FIRST_SCREEN, 'Is it worth it for me?');
  assert.ok(rows.length >= 4);
  for (const [cluster = '', , saved = '', , lines = ''] of rows) {
    const [nodes = 0, every = 0] = figuresOf(cluster);
    const pace = nodes / (every * (cluster.endsWith('min') ? 60 : 1));
    const percent = (pace * microseconds) / 10_000;
    const millions = (2 * pace * 86_400) / 1e6;
    assert.equal(figuresOf(saved)[0], Number(percent.toFixed(percent < 1 ? 1 : 0)), cluster);
    assert.equal(figuresOf(lines)[0], Number(millions.toFixed(millions < 1 ? 1 : 0)), cluster);
  }
  const measured = rowsBehind(PERFORMANCE, '| MetalLB | speaker alone');
  assert.equal(measured.length, 2);
  const sentence = /the speaker of 0\.14\.5 went from .*? the sidecar took [\d.]+ %/.exec(README)?.[0] ?? '';
  for (const [release = '', alone = '', together = ''] of measured) {
    const percent = (cell: string) => cell.replace(/ %.*/, ' %');
    const said = new RegExp(
      `${release} (?:went )?from ${percent(alone)} (?:of a core )?to ${percent(together)}`,
    );
    assert.match(sentence, said);
  }
  assert.ok(
    measured.some(([, , , sidecar = '']) => sidecar.startsWith(/[\d.]+ %$/.exec(sentence)?.[0] ?? '?')),
  );
});

test('README shows a command that works from a clone, and one from a release, by its names of today (R49)', () => {
  const from = (what: string) =>
    new RegExp(`[Ff]rom a ${what} ([^;.]*\`[^;]*)`).exec(FIRST_SCREEN)?.[1] ?? '';
  assert.match(
    from('clone'),
    new RegExp(`^it is \`node ${packageJson.bin.watchsieve}\`, after \`npm run build\``),
  );
  const tarball = `./watchsieve-${packageJson.version}.tgz`;
  assert.ok(from('release').startsWith(`\`npm install --global ${tarball}\``), from('release'));
});

test('docs/operate.md begins with the switch that stops filtering, and its commands fit a terminal (R49)', () => {
  const text = textOf('docs/operate.md');
  const [, first = ''] = text.split(/^## /m);
  assert.match(first, /^In an emergency\n\n\*\*Stop filtering\*\*/);
  const lines = [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, body = '']) => body.split('\n'));
  assert.ok(lines.length > 20);
  assert.deepEqual(
    lines.filter((line) => line.replace(/ +#.*/, '').length > 80),
    [],
  );
});
