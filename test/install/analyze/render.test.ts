/** The report as people, programs and browsers get it. What a browser makes of it is in test/e2e. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PRESETS, projectionOf } from '../../../src/core/projection/presets.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { JSON_FRAMES } from '../../../src/install/analyze/frame-reader.ts';
import { Redactor } from '../../../src/install/analyze/redactor.ts';
import { renderHtml } from '../../../src/install/analyze/render-html.ts';
import { renderText } from '../../../src/install/analyze/render-text.ts';
import { FORMAT, resourceReport, type Report } from '../../../src/install/analyze/report.ts';
import { Survey } from '../../../src/install/analyze/survey.ts';
import type { WatchEnd } from '../../../src/install/analyze/watch-resource.ts';
import { bookmark, frame, node } from './frames.ts';

const HOSTILE = `<script>alert(1)</script>"'\u202e\x1b[2J\n`;

/** Of Nodes that bear hostile names, unredacted. */
function report(endedBy: WatchEnd = 'duration', events = 3): Report {
  const survey = new Survey({
    resource: 'nodes',
    isCountOnly: false,
    phase: 'until-bookmark',
    reader: JSON_FRAMES,
    projections: PRESETS.map(projectionOf),
    redactor: new Redactor(false),
  });
  const states = Array.from({ length: events }, (_, beat) =>
    frame('MODIFIED', node({ name: HOSTILE, beat: beat + 1, labels: { [HOSTILE]: String(beat) } })),
  );
  const frames = [frame('ADDED', node({ name: HOSTILE })), bookmark(1, true), ...states];
  frames.forEach((bytes, at) => survey.frame(bytes, 0, bytes.length, at));
  return {
    format: FORMAT,
    madeBy: 'watchsieve 0',
    at: '2026-01-01T00:00:00.000Z',
    isRedacted: false,
    resources: [
      resourceReport({ resource: NODES, findings: survey.findings(10), seconds: 10, endedBy }, 'traefik'),
    ],
    skipped: [{ resource: HOSTILE, reason: HOSTILE }],
  };
}

describe('the report as text', () => {
  const page = renderHtml(report());

  test('no line moves a cursor or turns its direction, whatever names are', () => {
    const text = renderText(report());
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    assert.match(text, /Noisiest objects\n {4}100\.0 % {2}<script>/);
    assert.match(text, /Not watched:\n {2}<script>/);
  });

  test('it says what a sidecar spares its client, and what one watch for all would spare the API server', () => {
    const text = renderText(report()).replaceAll(/\s+/g, ' ');
    assert.match(text, /spares each client [\d.]+ events and [\d.]+\s[kM]?B a second \(counted\)/);
    assert.match(text, /With a client on each of the 1 Nodes it sends [\d.]+\s[kM]?B a second; a hub,/);
    assert.match(page, /with a client on each of the 1 Nodes, [\d.]+\s[kM]?B a second/);
  });

  test('it fits on a terminal', () => {
    const { resources, ...rest } = report('initial');
    const lines = renderText({ ...rest, skipped: [], resources }).split('\n');
    const tooLong = lines.filter((line) => line.length > 80 && !line.includes('<script>'));
    assert.deepEqual(tooLong, []);
  });

  test('no line is blank but for spaces, however long the cell before an empty one is', () => {
    const { resources, ...rest } = report();
    const fields = [{ field: 'metadata.annotations.'.repeat(5), events: 3, writers: [], isTime: false }];
    const text = renderText({ ...rest, resources: resources.map((one) => ({ ...one, fields })) });
    assert.match(text, /Fields that change\n.*(metadata\.annotations\.){5}\n\n/);
    assert.doesNotMatch(text, / $/m);
  });

  test('it says what ended the watch early', () => {
    const said = (['interrupted', 'bytes', 'server', 'initial'] as const).map((end) =>
      renderText(report(end)).split('\n').slice(1, 3).join(' ').replaceAll(/ +/g, ' '),
    );
    assert.match(said[0] ?? '', /ended early, as asked/);
    assert.match(said[1] ?? '', /--max-bytes/);
    assert.match(said[2] ?? '', /by the API server/);
    assert.match(said[3] ?? '', /had not come whole within 2 minutes/);
  });

  test('it names the preset of the consumer, and where nothing happened it says so', () => {
    assert.match(renderText(report()), /For traefik: --preset traefik\n/);
    assert.match(renderText(report('duration', 0)), /Nothing happened: watch for longer/);
  });
});

describe('the report as a page', () => {
  const page = renderHtml(report());

  test('all of it is in one file: no script, no address, and none is allowed', () => {
    assert.doesNotMatch(page, /<script|<link|<img|https?:|url\(|@import|\son[a-z]+=/i);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
    assert.match(page, /^<!doctype html>/);
  });

  test('names of others are text', () => {
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&#39;/);
    assert.doesNotMatch(page, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  });

  test('every element that is opened is closed, in order', () => {
    const open: string[] = [];
    for (const [, isEnd, name = '', isWhole] of page.matchAll(/<(\/)?([a-z][a-z0-9]*)\b[^>]*?(\/)?>/g)) {
      if (isWhole !== undefined || ['meta'].includes(name)) continue;
      if (isEnd === undefined) open.push(name);
      else assert.equal(open.pop(), name);
    }
    assert.deepEqual(open, []);
  });

  test('it has a plot, bars, and what can be pasted', () => {
    assert.match(page, /<path class="all" d="M\d/);
    assert.match(page, /<rect width="100\.0" height="1"\/>/);
    assert.match(page, /<pre tabindex="0">preset: quiet/);
  });
});
