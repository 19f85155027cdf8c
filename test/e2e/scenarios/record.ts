/**
 * `watchsieve record` and `replay` on what a real API server sends (R50): a client of the replay is sent byte for byte
 * what a client of the API server was sent, and a redacted recording gives the same verdicts for every preset.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import { PRESETS, type PresetName } from '../../../src/core/projection/presets.ts';
import { readRecording } from '../../../src/lab/recording/format.ts';
import { Child } from '../../support/child.ts';
import { listAt, textAt } from '../../support/json-value.ts';
import { reasonFor, sieveOf } from '../../support/sieving.ts';
import { RawWatch } from '../raw-watch.ts';
import type { Rig, Scenario } from './scenario.ts';

/** The recorders watch for longer than the load takes, and begin before it. */
const LOAD_SECONDS = 8;
const RECORD_SECONDS = 12;
const HEARTBEATS_PER_SECOND = 20;
/** Fewer than the load makes: a machine that is slow makes fewer. */
const LEAST_EVENTS = 60;
const PATH =
  '/api/v1/nodes?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const LIMIT_MS = 60_000;

export const recordScenario: Scenario = { title: 'record and replay', run };

async function run(rig: Rig): Promise<void> {
  const { report, cluster, nodes, program } = rig;
  const kubeconfig = await cluster.writeKubeconfig('record', 'watcher');
  const fileOf = (name: string) => join(cluster.folder, `${name}.rec`);
  const start = (name: string, ...more: readonly string[]) =>
    new Child({
      name: `record ${name}`,
      command: process.execPath,
      args: [
        ...[program, 'record', fileOf(name), '--kubeconfig', kubeconfig],
        ...['--duration', `${RECORD_SECONDS}s`, ...more],
      ],
    });
  const direct = await RawWatch.open({ endpoint: cluster.endpoint('admin'), encoding: 'json', path: PATH });
  const recorders = [start('whole', '--show-values'), start('redacted')];
  try {
    await direct.reached('initial-events-end');
    await Promise.all(
      recorders.map(({ stderr }) =>
        stderr.waitFor('Recording', (line) => line.startsWith('Recording'), LIMIT_MS),
      ),
    );
    await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: LOAD_SECONDS });
    const mark = await nodes.mark();
    await direct.reached(mark.text, LIMIT_MS);
    const codes = await Promise.all(recorders.map(({ exited }) => exited));
    assert.deepEqual(codes, [0, 0], recorders.flatMap(({ stderr }) => stderr.lines).join('\n'));
    const [whole, redacted] = [await framesOf(fileOf('whole')), await framesOf(fileOf('redacted'))];
    const events = withoutBookmarks(whole);
    await report.check('a recording holds byte for byte what another client was sent (R50)', () => {
      const sent = withoutBookmarks(direct.frames);
      const both = Math.min(sent.length, events.length);
      assert.ok(both > nodes.count + LEAST_EVENTS, `${both}`);
      assert.ok(Buffer.concat(events.slice(0, both)).equals(Buffer.concat(sent.slice(0, both))));
    });
    await judgeReplay(rig, fileOf('whole'), whole);
    await report.check(
      'a redacted recording gives the same verdicts, event for event, for every preset (R50)',
      () => {
        // Each was ended by its own clock.
        const others = withoutBookmarks(redacted);
        const both = Math.min(events.length, others.length);
        assert.ok(both > nodes.count + LEAST_EVENTS, `${both}`);
        const [original, other] = [events.slice(0, both), others.slice(0, both)];
        assert.deepEqual(other.map(versionOf), original.map(versionOf));
        assert.deepEqual(
          other.map(({ length }) => length),
          original.map(({ length }) => length),
        );
        for (const preset of PRESETS) {
          const expected = verdicts(original, preset);
          assert.deepEqual(verdicts(other, preset), expected, preset);
          assert.ok(expected.includes('unchanged') && expected.includes('changed'), preset);
        }
        assert.doesNotMatch(Buffer.concat(redacted).toString(), /e2e\.watchsieve\.dev|node-?\d{2}|mark-\d/);
      },
    );
  } finally {
    await direct.close();
    await Promise.all(recorders.map((one) => one.stop()));
  }
}

async function judgeReplay(
  { report, program }: Rig,
  file: string,
  recorded: readonly Buffer[],
): Promise<void> {
  const replay = new Child({
    name: 'replay',
    command: process.execPath,
    args: [program, 'replay', file, '--speed', 'max'],
  });
  try {
    const told = await replay.stdout.waitFor('KUBECONFIG', (line) => line.includes('KUBECONFIG='), LIMIT_MS);
    const config: unknown = parse(await readFile(/KUBECONFIG=(\S+)/.exec(told)?.[1] ?? '', 'utf8'));
    const [cluster] = listAt(config, 'clusters');
    const endpoint = {
      server: textAt(cluster, 'cluster', 'server'),
      ca: await readFile(textAt(cluster, 'cluster', 'certificate-authority'), 'utf8'),
      token: 'any',
    };
    const expected = recorded.slice(0, recorded.findLastIndex((frame) => !isBookmark(frame)) + 1);
    const watch = await RawWatch.open({ endpoint, encoding: 'json', path: PATH });
    try {
      await watch.reached(`"resourceVersion":"${versionOf(expected.at(-1))}"`, LIMIT_MS);
    } finally {
      await watch.close();
    }
    await report.check('a client of the replay is sent byte for byte what was recorded (R50)', () => {
      const came = watch.frames.slice(0, expected.length);
      assert.ok(Buffer.concat(came).equals(Buffer.concat(expected)));
    });
  } finally {
    await replay.stop();
  }
}

async function framesOf(file: string): Promise<readonly Buffer[]> {
  return readRecording(await readFile(file)).frames.map(({ bytes }) => bytes);
}

/** Each watch has its own. */
function withoutBookmarks(frames: readonly Buffer[]): readonly Buffer[] {
  return frames.filter((frame) => !isBookmark(frame));
}

function isBookmark(frame: Buffer): boolean {
  return frame.includes('"type":"BOOKMARK"');
}

function versionOf(frame: Buffer | undefined): string {
  return /"resourceVersion":"(\d+)"/.exec(String(frame))?.[1] ?? '';
}

/** With the bookmark that ends the initial events taken out, the first event that is not ADDED ends them. */
function verdicts(frames: readonly Buffer[], preset: PresetName): readonly string[] {
  const sieve = sieveOf('json', preset, 'until-not-added');
  return frames.map((bytes) => reasonFor(sieve, bytes));
}
