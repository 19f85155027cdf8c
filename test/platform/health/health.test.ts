import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../../src/platform/health/health.ts';

const note = (health: Health, name: string) => health.checks().find((check) => check.name === name)?.note;

test('ready takes a listener, files and one answer of upstream, in any order (R29)', () => {
  const steps: ((health: Health) => void)[] = [
    (health) => health.markListening(),
    (health) => health.markFilesWritten(),
    (health) => health.markUpstreamAnswering(),
  ];
  for (const last of steps) {
    const health = new Health();
    for (const step of steps) if (step !== last) step(health);
    assert.equal(health.state, 'starting');
    last(health);
    assert.equal(health.state, 'ready');
  }
});

test('an upstream that fails before it ever answered keeps the process from being ready, with the cause', () => {
  const health = new Health();
  health.markListening();
  health.markFilesWritten();
  assert.equal(note(health, 'upstream'), 'no answer yet');
  health.markUpstreamFailing('connection refused');
  assert.equal(health.state, 'starting');
  assert.equal(note(health, 'upstream'), 'connection refused');
  health.markUpstreamAnswering();
  assert.equal(health.state, 'ready');
});

test('a later outage leaves readiness alone and shows in the checks until upstream answers again (R29)', () => {
  const health = new Health();
  health.markListening();
  health.markFilesWritten();
  health.markUpstreamAnswering();
  health.markUpstreamFailing('timed out');
  assert.equal(health.state, 'ready');
  assert.equal(note(health, 'upstream'), 'timed out (does not affect readiness)');
  health.markUpstreamAnswering();
  assert.ok(health.checks().every(({ ok }) => ok));
});

test('draining is not ready, and for good (R31)', () => {
  const health = new Health();
  health.markDraining();
  health.markListening();
  health.markFilesWritten();
  health.markUpstreamAnswering();
  assert.equal(health.state, 'draining');
  assert.equal(note(health, 'shutdown'), 'draining');
});
