import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type HubReport,
  parseHubReport,
  PER_BEAT,
  PER_READER,
  PER_REVIEW,
  PER_WATCH,
  Rows,
  withHubResults,
} from '../../bench/hub/report.ts';

const EMPTY = 'before\n\n<!-- results -->\n<!-- /results -->\n\nafter\n';

const reportOf = (at: string, rows: HubReport['rows']): HubReport => ({
  ...{ at: `${at}T03:04:05.000Z`, isQuick: false, machine: 'a CPU, 2 cores', rows },
});
const OF_READERS = reportOf('2026-01-02', [
  { id: 'H2', what: 'CPU per heartbeat', value: 12.34, unit: 'µs', goal: 10 },
  { id: 'H8', what: 'memory each', value: 80, unit: 'KiB', floor: 47.5 },
]);
const REAL = reportOf('2026-01-03', [{ id: 'H1', what: 'bytes', value: 0.005, unit: '×', goal: 0.01 }]);

test('the rows of several runs stand in a table for each id, in the order of their names', () => {
  const document = withHubResults(EMPTY, [OF_READERS, REAL]);
  assert.ok(document.startsWith('before\n\n<!-- results -->\n\n2026-01-02: a CPU, 2 cores. 2026-01-03: '));
  assert.ok(document.endsWith('\n\n<!-- /results -->\n\nafter\n'));
  assert.ok(
    document.includes(
      [
        '| H1 | value |\n| --- | --- |\n| bytes | 0.005 × (goal ≤ 0.01 ×: met) |',
        '| H2 | value |\n| --- | --- |\n| CPU per heartbeat | 12.3 µs (goal ≤ 10 µs: not met) |',
        '| H8 | value | bare TLS |\n| --- | --- | --- |\n| memory each | 80.0 KiB | 47.5 KiB |',
      ].join('\n\n'),
    ),
    document,
  );
});

test('runs on one machine on one day are named once, with the load average of each', () => {
  const loaded = (load: number) => ({ ...REAL, machine: `a CPU, 2 cores; load average ${load}` });
  const document = withHubResults(EMPTY, [loaded(20), loaded(32), OF_READERS]);
  assert.match(document, /^2026-01-03: a CPU, 2 cores; load average 20, 32\. 2026-01-02: a CPU, 2 cores\.$/m);
});

test('a later run takes the place of the same row, and leaves the others', () => {
  const again = reportOf('2026-01-04', [
    { id: 'H2', what: 'CPU per heartbeat', value: 9, unit: 'µs', goal: 10 },
  ]);
  const document = withHubResults(withHubResults(EMPTY, [OF_READERS]), [OF_READERS, again]);
  assert.ok(document.includes('| CPU per heartbeat | 9.00 µs (goal ≤ 10 µs: met) |'));
  assert.ok(document.includes('| H8 | value |'));
  assert.ok(!document.includes('12.3'));
});

test('what grows is plotted, with the cost for all readers where a row has it for one', () => {
  const row = (what: string, value: number) => ({ id: 'H7', what, value, unit: 'any' });
  const rows = [
    ...[
      row('1000 readers: CPU per change and reader', 40),
      row('100 readers: CPU per change and reader', 40),
    ],
    ...[row('1000 readers: CPU per heartbeat', 100), row('100 readers: CPU per heartbeat', 50)],
    ...[row('100 Nodes: CPU per heartbeat', 100), row('100 Nodes: resident', 100)],
  ];
  const document = withHubResults(`${EMPTY}<!-- growth -->\n<!-- /growth -->\n`, [
    reportOf('2026-01-02', rows),
  ]);
  assert.ok(
    document.includes(
      [
        'CPU for one change, by readers:',
        `     100 ${'█'.repeat(4)} 4.00 ms`,
        `   1,000 ${'█'.repeat(40)} 40.0 ms\n`,
        'CPU per heartbeat, by readers:',
        `     100 ${'█'.repeat(20)} 50.0 µs`,
      ].join('\n'),
    ),
    document,
  );
});

test('what a hub pays is reckoned with the figures that were measured', () => {
  const row = (what: string, value: number) => ({ id: 'H1', what, value, unit: 'µs' });
  const measured = reportOf('2026-01-02', [
    ...[row(PER_WATCH, 100), row(PER_REVIEW, 3000), row(PER_BEAT, 200), row(PER_READER, 10)],
  ]);
  const document = withHubResults(`${EMPTY}<!-- pays -->\n<!-- /pays -->\n`, [measured]);
  assert.ok(document.includes('| Nodes | every 10 s | every 1 min | every 5 min |'));
  // Every 10 s, 1,000 Nodes: 100 heartbeats a second for 1,000 watches, or for two hubs, with 1,000 reviews a minute.
  assert.ok(document.includes('| 1,000 | 10.0 → 0.070 + 0.050 |'), document);
});

test('a run says which goals it has missed, and whether bare TLS would have met them', async (t) => {
  const said: string[] = [];
  t.mock.method(console, 'log', (text: string) => said.push(text));
  const machine = { cpu: 'a CPU', cores: 2, memoryMib: 1, kernel: '1', versions: {} };
  const lastOf = async (add: (rows: Rows) => void): Promise<readonly [string, number]> => {
    const rows = new Rows();
    add(rows);
    await rows.finish(undefined, machine, true);
    return [said.at(-1)?.split('\n\n').at(-1) ?? '', rows.missed.length];
  };
  const met = await lastOf((rows) => {
    rows.add('H2', 'equal', 1.1, '×', 1.1);
    rows.add('H4', 'no goal', 99, 'KiB');
  });
  assert.deepEqual(met, ['All goals are met.', 0]);
  const missed = await lastOf((rows) => {
    rows.add('H2', 'met', 1, '×', 1.1);
    rows.add('H3', 'could be', 30, 'µs', 25, 20);
    rows.add('H4', 'cannot be', 70, 'KiB', 64, 65);
    rows.add('H6', 'who knows', 16, 'ms', 15);
  });
  assert.deepEqual(missed, [
    [
      'Goals that are not met:',
      'H3 could be: 30.0 µs exceeds 25 µs, which bare TLS does not (20.0 µs)',
      'H4 cannot be: 70.0 KiB exceeds 64 KiB, as does bare TLS (65.0 KiB)',
      'H6 who knows: 16.0 ms exceeds 15 ms',
    ].join('\n'),
    3,
  ]);
});

test('a document without marks is refused', () => {
  assert.throws(() => withHubResults('text', [REAL]), /no <!-- results -->/);
});

test('a report is the same after it has been a file', () => {
  assert.deepEqual(parseHubReport(JSON.stringify(OF_READERS)), OF_READERS);
});
