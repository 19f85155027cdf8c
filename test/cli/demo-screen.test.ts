import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDemoOutput } from '../../src/cli/demo-output.ts';
import {
  renderArrival,
  renderHeading,
  renderLine,
  renderScreen,
  renderSummary,
} from '../../src/lab/demo/screen.ts';
import type { ChangeView, DemoView } from '../../src/lab/demo/view.ts';

const NOTHING = { events: 0, modified: 0, bytes: 0 };
const START = { atMs: 0, direct: NOTHING, proxied: NOTHING };

function change(number: number, proxiedMs: number | undefined = 4.25): ChangeView {
  return { number, text: `node-0007 label rack=r${number}`, directMs: 12.6, proxiedMs };
}

function view(overrides: Partial<DemoView> = {}): DemoView {
  return {
    title: '50 Nodes, 50 heartbeats/s',
    elapsedMs: 10_000,
    now: {
      atMs: 10_000,
      direct: { events: 512, modified: 510, bytes: 9_728_000 },
      proxied: { events: 14, modified: 11, bytes: 266_000 },
    },
    before: START,
    changes: [1, 2, 3].map((number) => change(number)),
    ...overrides,
  };
}

const FILES = {
  directKubeconfigPath: '/tmp/watchsieve-demo-Ab3dEf/kubeconfig',
  proxiedKubeconfigPath: '/tmp/watchsieve-demo-Ab3dEf/proxy/kubeconfig',
};
const KUBECTL = `kubectl --kubeconfig ${FILES.proxiedKubeconfigPath} get nodes --watch`;
const SERVE = `watchsieve serve --kubeconfig ${FILES.directKubeconfigPath} --credentials kubeconfig --state-dir state`;

/** What the lines take on a terminal, which goes on in the next row where one is longer. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)), 0);
}

function assertFits(lines: readonly string[]): void {
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, `${line.length} characters: ${line}`);
}

describe('the screen (R32)', () => {
  test('shows both sides, what was swallowed and each change', () => {
    const screen = renderScreen(view()).join('\n');
    assert.match(screen, /events\/s +51\.2 +1\.4\n/);
    assert.match(screen, /bytes\/s +972\.8 kB +26\.6 kB\n/);
    assert.match(screen, /events +512 +14\n/);
    assert.match(screen, /bytes +9\.7 MB +266\.0 kB\n/);
    assert.match(screen, /97\.8 % of MODIFIED swallowed/);
    assert.match(screen, /real changes: 3\/3 on both sides/);
    assert.match(screen, /#3 node-0007 label rack=r3 +13 ms +4\.3 ms\n/);
    assert.match(screen, /00:10\n/);
  });

  test('fits a terminal of any width', () => {
    for (const columns of [1, 20, 40, 60, 79, 80, 200]) {
      const lines = renderScreen(view({ pageUrl: 'http://127.0.0.1:65535/', files: FILES }), columns);
      assert.ok(rowsOf(lines, columns) <= 24, `${columns} columns`);
      const clipped = lines.filter((line) => line !== KUBECTL && line !== SERVE);
      assert.ok(clipped.every((line) => line.length <= Math.min(columns, 80)));
    }
    // Both rates are still to be seen.
    assert.match(renderScreen(view(), 46).join('\n'), /events\/s +51\.2 +1\.4\n/);
  });

  test('has the commands for each side whole, to be copied, alone in their lines', () => {
    for (const columns of [40, 80, 81, 200]) {
      const changes = Array.from({ length: 100 }, (_, i) => change(i + 1));
      const screen = renderScreen(view({ files: FILES, changes }), columns);
      assert.deepEqual(
        screen.slice(-5, -1),
        [' for kubectl, through watchsieve:', KUBECTL, ' for a serve of your own:', SERVE],
        `${columns} columns`,
      );
      assert.equal(rowsOf(screen, columns), 24, `${columns} columns`);
    }
    const heading = renderHeading('1 Nodes, 1 heartbeats/s', undefined, FILES);
    assert.ok(heading.includes(`\ndemo: for kubectl, through watchsieve: ${KUBECTL}\n`));
    assert.ok(heading.endsWith(`\ndemo: for a serve of your own: ${SERVE}`));
  });

  test('clears nothing behind a command that ends in the last column, which would be its last character', () => {
    for (const [columns, end] of [
      [SERVE.length, '\r\n'],
      [SERVE.length + 1, '\x1b[K\r\n'],
    ] as const) {
      let text = '';
      const stdout = { isTTY: true, columns, write: (more: string) => (text += more) };
      createDemoOutput(stdout, '').draw(view({ files: FILES }));
      assert.ok(text.includes(`${SERVE}${end}`), `${columns} columns`);
    }
  });

  test('is drawn in full where the terminal does not tell its width, and says 0', () => {
    const [unknown, none] = [0, undefined].map((columns) => {
      let text = '';
      const write = (more: string) => (text += more);
      const stdout = { isTTY: true, ...(columns === undefined ? {} : { columns }), write };
      createDemoOutput(stdout, '').draw(view({ files: FILES }));
      return text;
    });
    assert.equal(unknown, none);
  });

  test('leaves a command out where it would not fit, rather than a part of it', () => {
    const screen = renderScreen(view({ files: FILES }), 10);
    assert.ok(!screen.some((line) => line.includes('kubectl') || line.includes('/tmp')));
  });

  test('says where the status page is, where there is one', () => {
    const pageUrl = 'http://127.0.0.1:65535/';
    assert.ok(renderScreen(view({ pageUrl })).at(-1)?.endsWith(pageUrl));
    assertFits(renderScreen(view({ pageUrl })));
    assert.equal(renderScreen(view()).at(-1), ' Ctrl-C ends the demo');
    assert.ok(renderHeading('1 Nodes, 1 heartbeats/s', pageUrl).endsWith(pageUrl));
    assert.ok(!renderHeading('1 Nodes, 1 heartbeats/s').includes('page'));
  });

  test('fits 80 × 24 whatever there is to show', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ ...change(i + 1), text: 'x'.repeat(200) }));
    const huge = { events: 1e12, modified: 1e12, bytes: 1e15 };
    const now = { atMs: 1000, direct: huge, proxied: huge };
    assertFits(renderScreen(view({ changes: many, now, elapsedMs: 1e10 })));
    assertFits(
      renderScreen(view({ changes: [], now: START, elapsedMs: 0, title: '1000 Nodes, 50 heartbeats/s' })),
    );
    assertFits(renderScreen(view()));
  });

  test('keeps its height, and the newest changes, while changes come in', () => {
    const heights = [0, 1, 9, 100].map((count) => {
      const changes = Array.from({ length: count }, (_, i) => change(i + 1));
      return renderScreen(view({ changes })).length;
    });
    assert.deepEqual(heights, [24, 24, 24, 24]);
    const changes = Array.from({ length: 100 }, (_, i) => change(i + 1));
    assert.match(renderScreen(view({ changes })).join('\n'), /#100 /);
  });

  test('says of a change on its way that it has not arrived', () => {
    const changes = [{ ...change(1), proxiedMs: undefined }];
    const screen = renderScreen(view({ changes })).join('\n');
    assert.match(screen, /0\/1 on both sides/);
    assert.match(screen, /#1 .* 13 ms +not yet\n/);
  });

  test('draws the longer bar for the busier side', () => {
    const [direct = '', proxied = ''] = renderScreen(view()).filter(
      (line) => line.includes('·') || line.includes('█'),
    );
    const filled = (line: string): number => line.split('█').length - 1;
    assert.equal(filled(direct), 44);
    assert.equal(filled(proxied), 1);
  });
});

describe('lines', () => {
  test('the summary names events, the share swallowed and the changes', () => {
    assert.equal(
      renderSummary(view()),
      'demo: 512 events direct, 14 through watchsieve, 97.8 % of MODIFIED swallowed, 3/3 changes arrived on both sides',
    );
  });

  test('a share is rounded down, and is none before the first event', () => {
    const now = {
      ...view().now,
      direct: { ...NOTHING, modified: 10_000 },
      proxied: { ...NOTHING, modified: 1 },
    };
    assert.match(renderSummary(view({ now })), /99\.9 % of MODIFIED/);
    assert.match(renderSummary(view({ now: START })), /none of MODIFIED/);
  });

  test('the present in one line', () => {
    assert.equal(
      renderLine(view()),
      'demo: 00:10  direct 51.2 events/s 972.8 kB/s | watchsieve 1.4 events/s 26.6 kB/s | 97.8 % swallowed | changes 3/3',
    );
  });

  test('an arrival says how long both sides waited', () => {
    assert.equal(
      renderArrival(change(2)),
      'demo: change #2 node-0007 label rack=r2 arrived: direct 13 ms, watchsieve 4.3 ms',
    );
  });
});
