/**
 * Upstream's history is replaced (etcd restored from a backup; kubernetes #107457): resourceVersions come again with other
 * content. Whatever was known before, each change after it arrives (I2, R16).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { Health } from '../../src/platform/health/health.ts';
import { UpstreamState } from '../../src/serve/upstream-state.ts';
import { UpstreamError } from '../../src/platform/upstream/upstream-error.ts';
import { ModelResponse } from '../model/model-response.ts';
import { ModelSidecar } from '../model/model-sidecar.ts';
import { MODEL_NODES, type ModelNode, modelNode, SCOPES } from '../model/model-node.ts';
import { nodesSeenBy } from '../model/model-projection.ts';
import { atResourceVersion, freshState } from '../model/model-object.ts';
import { BOTH, type TestEncoding } from '../support/sieving.ts';
import { SwallowRecord } from '../../src/serve/watch/swallow-record.ts';
import { ENCODERS } from '../../src/lab/simulator/encoding.ts';

const NODES = 20;
const [SCOPE = assert.fail()] = SCOPES;

const nodesIn = (zone: string, resourceVersion: number): ModelNode[] =>
  Array.from({ length: NODES }, (_, i) => {
    const made = modelNode(freshState(`node-${i}`, i + 1), String(resourceVersion));
    return { ...made, metadata: { ...made.metadata, labels: { zone } } };
  });

/** A sidecar with a client that lists and watches. */
function scene(encoding: TestEncoding) {
  const sidecar = new ModelSidecar({
    subject: MODEL_NODES,
    preset: nodesSeenBy('metallb'),
    mode: 'filter',
    maxSuppressionMs: 3_600_000,
    random: () => 0,
    record: new SwallowRecord([]),
  });
  const list = (resourceVersion: number, nodes: readonly ModelNode[]): void => {
    const body = ENCODERS[encoding].list(String(resourceVersion), nodes);
    sidecar.list(SCOPE, encoding, body, { chunk: body.length, isWhole: true });
  };
  const watch = (resourceVersion: number) => {
    const response = new ModelResponse();
    const handler = sidecar.watch(
      {
        scope: SCOPE,
        encoding,
        bookmarks: true,
        resourceVersion: String(resourceVersion),
        sendInitialEvents: false,
      },
      { abort: () => undefined, resume: () => undefined },
      response,
    );
    const arrived = (nodes: readonly ModelNode[]): number =>
      nodes.filter((node) => {
        handler.onData(ENCODERS[encoding].frame('MODIFIED', node));
        return response.takeWritten().length > 0;
      }).length;
    return { arrived, end: () => handler.onEnd([]) };
  };
  return { sidecar, list, watch };
}

for (const encoding of BOTH)
  describe(`history replaced, ${encoding}`, () => {
    test('LIST at a resourceVersion seen before, watch from there: each change arrives', () => {
      const { list, watch, sidecar } = scene(encoding);
      for (const at of [100, 110, 120]) {
        sidecar.time.pass(1000);
        list(at, nodesIn('a', at));
      }
      sidecar.time.pass(1000);
      list(110, nodesIn('b', 109));
      const resumed = watch(110);
      assert.equal(resumed.arrived(nodesIn('a', 111)), NODES);
      assert.equal(resumed.arrived(nodesIn('a', 112)), 0, 'and from then on no-ops are swallowed');
    });

    test('nothing that was seen before it is begun with, wherever a client comes back', () => {
      const { list, watch } = scene(encoding);
      list(100, nodesIn('a', 100));
      list(120, nodesIn('a', 120));
      list(100, nodesIn('b', 99));
      for (const at of [100, 120]) assert.equal(watch(at).arrived(nodesIn('a', at + 1)), NODES, `${at}`);
      // Not a second time either: clients of both histories may come back there.
      list(120, nodesIn('b', 119));
      assert.equal(watch(120).arrived(nodesIn('b', 121)), NODES);
      list(130, nodesIn('b', 129));
      assert.equal(watch(130).arrived(nodesIn('b', 131)), 0, 'what is new is known');
    });

    test('a stream that goes on begins anew', () => {
      const { list, watch } = scene(encoding);
      list(100, nodesIn('a', 100));
      const open = watch(100);
      assert.equal(open.arrived(nodesIn('a', 101)), 0);
      list(100, nodesIn('b', 99));
      assert.equal(open.arrived(nodesIn('a', 102)), NODES);
    });

    test('it is noticed too where a stream ends at a resourceVersion that was listed', () => {
      const { list, watch } = scene(encoding);
      list(100, nodesIn('a', 100));
      list(120, nodesIn('a', 120));
      const stream = watch(90);
      assert.equal(stream.arrived(nodesIn('b', 99).map((node) => atResourceVersion(node, '100'))), NODES);
      stream.end();
      assert.equal(watch(120).arrived(nodesIn('a', 121)), NODES);
    });

    test('and where a Node is listed that was not there, or not listed that was', () => {
      for (const [before, after] of [
        [nodesIn('a', 100), nodesIn('a', 100).slice(1)],
        [nodesIn('a', 100).slice(1), nodesIn('a', 100)],
      ] as const) {
        const { list, watch } = scene(encoding);
        list(120, nodesIn('a', 120));
        list(100, before);
        list(100, after);
        assert.equal(watch(120).arrived(nodesIn('a', 121)), NODES);
      }
    });

    test('a list of the former one that is still under way is not kept', () => {
      const { list, watch, sidecar } = scene(encoding);
      list(100, nodesIn('a', 100));
      const body = ENCODERS[encoding].list('130', nodesIn('a', 130));
      const finish = sidecar.beginList(SCOPE, encoding, body);
      list(100, nodesIn('b', 99));
      finish();
      assert.equal(watch(130).arrived(nodesIn('a', 131)), NODES);
    });

    test('the same state seen twice is one: nothing is forgotten', () => {
      const { list, watch } = scene(encoding);
      list(100, nodesIn('a', 100));
      list(100, nodesIn('a', 100));
      const open = watch(100);
      assert.equal(open.arrived(nodesIn('a', 101)), 0);
      list(100, nodesIn('a', 100));
      assert.equal(open.arrived(nodesIn('a', 102)), 0);
    });
  });

test('upstream that answers again after an outage may have been restored meanwhile: that is told, once for each', () => {
  let returns = 0;
  const state = new UpstreamState({
    health: new Health(),
    log: pino({ level: 'silent' }),
    probe: () => Promise.resolve(200),
    onReturn: () => returns++,
  });
  const failure = new UpstreamError('connect', 'refused');
  state.answered();
  assert.equal(returns, 0, 'there was nothing before it');
  state.failed(failure);
  state.failed(failure);
  state.answered();
  state.answered();
  assert.equal(returns, 1);
  state.stop();
});
