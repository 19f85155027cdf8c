/** What a watch says of its resource, and what of it is shown. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameSieve } from '../../../src/serve/watch/frame-sieve.ts';
import { PRESETS, planOf, projectionOf } from '../../../src/core/projection/presets.ts';
import { JSON_FRAMES } from '../../../src/install/analyze/frame-reader.ts';
import { Redactor } from '../../../src/install/analyze/redactor.ts';
import { resourceReport, type ResourceReport } from '../../../src/install/analyze/report.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { OTHERS } from '../../../src/install/analyze/tallies.ts';
import { TimeSeries } from '../../../src/install/analyze/series.ts';
import { Survey, type Findings, type SurveyOptions } from '../../../src/install/analyze/survey.ts';
import { frameSieve } from '../../support/frame-sieves.ts';
import { bookmark, frame, node } from './frames.ts';

function surveyOf(frames: readonly Buffer[], options: Partial<SurveyOptions> = {}): Survey {
  const survey = new Survey({
    resource: 'nodes',
    isCountOnly: false,
    phase: 'until-bookmark',
    reader: JSON_FRAMES,
    projections: PRESETS.map(projectionOf),
    redactor: new Redactor(true),
    ...options,
  });
  frames.forEach((bytes, at) => survey.frame(bytes, 0, bytes.length, at));
  return survey;
}

function reportOf(findings: Findings): ResourceReport {
  return resourceReport({ resource: NODES, findings, seconds: 10, endedBy: 'duration' }, 'metallb');
}

/** Two Nodes, four heartbeats, one label, one event that changes nothing. */
const FRAMES = [
  frame('ADDED', node({ name: 'a' })),
  frame('ADDED', node({ name: 'b' })),
  bookmark(2, true),
  frame('MODIFIED', node({ name: 'a', beat: 1, version: 3 })),
  frame('MODIFIED', node({ name: 'b', beat: 1, version: 4 })),
  frame('MODIFIED', node({ name: 'a', beat: 2, version: 5 })),
  frame('MODIFIED', node({ name: 'a', beat: 3, version: 6 })),
  frame('MODIFIED', node({ name: 'b', beat: 1, labels: { zone: 'x' }, version: 7 })),
  frame('MODIFIED', node({ name: 'b', beat: 1, labels: { zone: 'x' }, version: 8 })),
  bookmark(9),
];

describe('what a watch says of its resource (R50)', () => {
  test('what comes, what it is, which fields change and who wrote them', () => {
    const report = reportOf(surveyOf(FRAMES).findings(10));
    assert.deepEqual(report.initial, {
      objects: 2,
      bytes: (FRAMES[0]?.length ?? 0) + (FRAMES[1]?.length ?? 0),
    });
    assert.equal(report.events, 7);
    assert.equal(
      report.bytes,
      FRAMES.slice(3).reduce((sum, { length }) => sum + length, 0),
    );
    assert.deepEqual(report.byType, { MODIFIED: 6, BOOKMARK: 1 });
    assert.deepEqual(
      report.kinds.map(({ name, events, fields, writers }) => [name, events, fields, writers]),
      [
        ['heartbeat', 4, ['status.conditions[*].lastHeartbeatTime'], ['kubelet (status)']],
        ['change', 1, ['metadata.labels["key-1"]'], ['kubectl-label']],
        ['nothing changed', 1, [], []],
      ],
    );
    assert.equal(report.idle.events, 5);
    assert.deepEqual(
      report.fields.map(({ field, events, isTime }) => [field, events, isTime]),
      [
        ['status.conditions[*].lastHeartbeatTime', 4, true],
        ['metadata.labels["key-1"]', 1, false],
      ],
    );
    assert.deepEqual(
      report.objects.map(({ name, events }) => [name, events]),
      [
        ['nodes-1', 3],
        ['nodes-2', 3],
      ],
    );
  });

  test('each preset is predicted to swallow what a sidecar swallows, event for event', () => {
    const { presets } = surveyOf(FRAMES).findings(10);
    for (const preset of PRESETS) {
      const { frames, tally } = frameSieve({ plan: planOf(preset), phase: 'until-bookmark' });
      assert.ok(frames instanceof FrameSieve);
      for (const bytes of FRAMES) frames.push(bytes, [], 0);
      const swallowed = [...tally.counts()].filter(({ verdict }) => verdict === 'swallowed');
      const events = swallowed.reduce((sum, { count }) => sum + count, 0);
      assert.equal(presets.find(({ name }) => name === preset)?.events, events, preset);
      assert.ok(events >= 4, preset);
    }
  });

  test('it advises a preset for a consumer with what it saves, and a projection with what it leaves out', () => {
    const { fit, saving, proposal } = reportOf(surveyOf(FRAMES).findings(10));
    assert.equal(fit?.projection, 'metallb');
    assert.equal(saving?.eventsPerSecond, 0.5);
    // A hub takes and decides once what comes to each of two Nodes' sidecars.
    assert.equal(saving.hub.clients, 2);
    assert.equal(saving.hub.bytesPerSecond, 2 * saving.hub.hubBytesPerSecond);
    assert.equal(saving.hub.sidecarsCpuPercent, 2 * saving.sidecarCpuPercent);
    assert.deepEqual(proposal?.without, ['status.conditions[*].lastHeartbeatTime']);
    assert.equal(proposal.events, 5);
    assert.match(proposal.paste, /^preset: quiet\nprojections:\n {2}quiet:\n {4}exclude:\n {6}- "status/);
  });

  test('without a bookmark at their end, the initial events end with the first that is no ADDED', () => {
    const frames = FRAMES.filter((_, at) => at !== 2);
    const findings = surveyOf(frames, { phase: 'until-not-added' }).findings(10);
    assert.deepEqual([findings.initial.objects, findings.events], [2, 7]);
  });

  test('an object that is deleted and made again is not compared with what it was', () => {
    const frames = [
      ...FRAMES.slice(0, 3),
      frame('DELETED', node({ name: 'a' })),
      frame('MODIFIED', node({ name: 'a', beat: 5 })),
    ];
    const findings = surveyOf(frames).findings(10);
    assert.deepEqual([findings.compared, findings.kinds.length], [0, 0]);
  });

  test('Secrets are counted: nothing of an object is read, and nothing of it is in what is found', () => {
    const frames = [
      bookmark(1, true),
      frame('MODIFIED', node({ name: 'a' })),
      frame('ADDED', node({ name: 'b' })),
    ];
    const findings = surveyOf(frames, { isCountOnly: true }).findings(10);
    assert.equal(findings.events, 2);
    assert.deepEqual([findings.kinds, findings.fields, findings.objects, findings.presets], [[], [], [], []]);
  });

  test('what is no event, too long or too deep is counted, and no harm', () => {
    const broken = [
      Buffer.from('nonsense\n'),
      Buffer.from('{"type":"MODIFIED","object":null}\n'),
      Buffer.from('{"type":"MODIFIED","object":{"metadata":{"name":7,"managedFields":{}}}}\n'),
      Buffer.from(`{"type":"MODIFIED","object":${'['.repeat(100_000)}\n`),
      Buffer.concat([
        Buffer.from('{"type":"MODIFIED","object":"'),
        Buffer.alloc(5_000_000, 'x'),
        Buffer.from('"}\n'),
      ]),
    ];
    const findings = surveyOf([...FRAMES.slice(0, 3), ...broken, ...FRAMES.slice(3)]).findings(10);
    assert.equal(findings.events, 7 + broken.length);
    assert.equal(findings.compared, 6);
  });

  test('however many fields and kinds there are, those that are kept are bounded', () => {
    const frames = Array.from({ length: 1200 }, (_, at) =>
      frame('MODIFIED', node({ name: 'a', annotations: { [`example.com/${at}`]: '1' } })),
    );
    const findings = surveyOf([...FRAMES.slice(0, 3), ...frames], { projections: [] }).findings(10);
    assert.ok(findings.fields.length <= 1001 && findings.kinds.length <= 501);
    assert.ok(findings.fields.some(({ field }) => field === OTHERS));
    // Each event takes the annotation of the one before away, and brings its own.
    assert.equal(
      findings.fields.reduce((sum, { events }) => sum + events, 0),
      2 * frames.length - 1,
    );
    assert.equal(
      findings.kinds.reduce((sum, { events }) => sum + events, 0),
      frames.length,
    );
  });

  test('time has a bounded number of points, and no event is lost where two become one', () => {
    const series = new TimeSeries();
    for (let second = 0; second < 1000; second++) series.add(second, second % 2 === 0);
    const { events, idle, secondsPerPoint } = series.upTo(1000);
    assert.equal(secondsPerPoint, 16);
    assert.ok(events.length <= 120);
    assert.equal(
      events.reduce((a, b) => a + b),
      1000,
    );
    assert.equal(
      idle.reduce((a, b) => a + b),
      500,
    );
  });
});

describe('what of a cluster is shown', () => {
  const parts = (beat: number) => ({
    name: 'db-primary.corp.example',
    beat,
    labels: {
      'corp.example/tenant': `t${beat}`,
      'topology.kubernetes.io/zone': `z${beat}`,
      secretkey: `s${beat}`,
    },
    annotations: { 'corp.example/owner': `jane${beat}` },
  });
  const frames = [frame('ADDED', node(parts(0))), bookmark(1, true), frame('MODIFIED', node(parts(1)))];

  test('no name, no key outside of well-known domains and no value is in what is found', () => {
    const text = JSON.stringify(surveyOf(frames).findings(10));
    assert.doesNotMatch(text, /corp|tenant|jane|secretkey|db-primary|t1|z1/);
    assert.match(text, /metadata\.labels\[\\"topology\.kubernetes\.io\/zone\\"\]/);
  });

  test('whoever asks for names gets them, and no values all the same', () => {
    const text = JSON.stringify(surveyOf(frames, { redactor: new Redactor(false) }).findings(10));
    assert.match(text, /corp\.example\/tenant/);
    assert.match(text, /db-primary\.corp\.example/);
    assert.doesNotMatch(text, /jane|t1|z1/);
  });

  test('the same text is the same pseudonym, another text another one', () => {
    const redactor = new Redactor(true);
    const names = ['a', 'b', 'a'].map((name) => redactor.name('nodes', name));
    assert.deepEqual(names, ['nodes-1', 'nodes-2', 'nodes-1']);
    const path = (key: string) => redactor.path([{ field: 'data' }, { field: key }]);
    assert.deepEqual(
      [path('password'), path('user'), path('password')],
      ['data["key-1"]', 'data["key-2"]', 'data["key-1"]'],
    );
    assert.equal(
      redactor.path([
        { field: 'metadata' },
        { field: 'annotations' },
        { field: 'x.kubernetes.io.evil.example/a' },
      ]),
      'metadata.annotations["key-3"]',
    );
  });
});
