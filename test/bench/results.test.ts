import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuresOf, toRows } from '../../bench/measures.ts';
import { parseReport, renderProblems, type Report } from '../../bench/report.ts';
import { judge } from '../../bench/check.ts';
import { withResults } from '../../bench/results.ts';

const EMPTY = 'before\n\n<!-- results -->\n<!-- /results -->\n\nafter\n';

function reportOf(version: string, ratio: number): Report {
  const row = measuresOf('flat out', 'json');
  return {
    at: '2026-01-02T03:04:05.000Z',
    isQuick: false,
    machine: {
      cpu: 'a CPU',
      cores: 2,
      memoryMib: 1,
      kernel: '6',
      versions: { watchsieve: version, nginx: '' },
    },
    missing: ['P5: no Go'],
    rows: toRows([
      row('watchsieve', 'µs', 30),
      row('watchsieve ÷ nginx', '×', ratio, 'P3'),
      row('watchsieve ÷ nginx', '×', ratio + 0.5, 'P3'),
    ]),
  };
}

test('results stand between their marks, and nothing else is touched', () => {
  const document = withResults(EMPTY, reportOf('1.0.0', 1));
  assert.ok(document.startsWith('before\n\n<!-- results -->\n\n### 1.0.0, 2026-01-02\n'));
  assert.ok(document.endsWith('\n\n<!-- /results -->\n\nafter\n'));
  assert.ok(document.includes('| P3 | watchsieve ÷ nginx | json | ≤ 1.5 × | 1.25 × | 1.00 – 1.50 | met |'));
  assert.ok(document.includes('| flat out | json |\n| --- | --- |\n| watchsieve | 30.0 µs (once) |'));
  assert.ok(document.includes('Missing: P5: no Go'));
});

test('both encodings of a row stand side by side, and each group has a table of its own', () => {
  const measured = [
    measuresOf('flat out', 'json')('watchsieve', 'µs', 30),
    measuresOf('flat out', 'protobuf')('nginx', 'µs', 10),
    measuresOf('flat out', 'protobuf')('watchsieve', 'µs', 20),
    measuresOf('start')('certificates made anew', 'ms', 270),
  ];
  const document = withResults(EMPTY, { ...reportOf('1.0.0', 1), rows: toRows(measured) });
  assert.ok(
    document.includes(
      '| flat out | json | protobuf |\n| --- | --- | --- |\n' +
        '| watchsieve | 30.0 µs (once) | 20.0 µs (once) |\n| nginx |  | 10.0 µs (once) |\n\n' +
        '| start |  |\n| --- | --- |\n| certificates made anew | 270 ms (once) |\n',
    ),
    document,
  );
});

test('the same version replaces its section, another one is put before it', () => {
  const first = withResults(EMPTY, reportOf('1.0.0', 1));
  const again = withResults(first, reportOf('1.0.0', 9));
  assert.ok(!again.includes('1.25 ×'));
  assert.ok(again.includes('| 9.25 × | 9.00 – 9.50 | not met |'));
  const next = withResults(again, reportOf('1.1.0', 1));
  assert.deepEqual(
    [...next.matchAll(/^### (\S+),/gm)].map((match) => match[1]),
    ['1.1.0', '1.0.0'],
  );
});

test('a document without marks is refused', () => {
  assert.throws(() => withResults('text', reportOf('1.0.0', 1)), /no <!-- results -->/);
});

test('a report is the same after it has been a file', () => {
  const report = reportOf('1.0.0', 1);
  assert.deepEqual(parseReport(JSON.stringify(report)), report);
});

test('a budget that is not kept is told with its row, its bound and why it does not fail', () => {
  const { rows } = reportOf('1.0.0', 100);
  assert.match(
    renderProblems(judge(rows)).join('\n'),
    /^FAILED P3 json watchsieve ÷ nginx: 100 ×, budget ≤ 1.5 /,
  );
  assert.deepEqual(renderProblems(judge(reportOf('1.0.0', 1).rows)), []);
});
