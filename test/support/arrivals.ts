/** Whether changes arrive, and repetitions do not, on a stream that remembers what it has scanned. */
import assert from 'node:assert/strict';
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { ListTap } from '../../src/core/sieve/list-tap.ts';
import type { FieldsPlan } from '../../src/core/projection/plan.ts';
import { frameSieve } from './frame-sieves.ts';
import type { TestEncoding } from './sieving.ts';

/** Sends MODIFIED events, each twice: all but the repetitions have to arrive. */
export function assertEachArrives(encoding: TestEncoding, plan: FieldsPlan, states: readonly Buffer[]): void {
  const { frames } = frameSieve({ encoding, plan });
  const arrives = (state: Buffer): boolean => {
    const out: Buffer[] = [];
    frames.push(Buffer.from(state), out, 0);
    return out.length > 0;
  };
  for (const [i, state] of states.entries()) {
    assert.equal(arrives(state), true, `${encoding}: state ${i} did not arrive`);
    assert.equal(arrives(state), false, `${encoding}: the repetition of state ${i} arrived`);
  }
}

/** The fingerprints that a list of these Nodes gives, in JSON. */
export function listedFingerprints(plan: FieldsPlan, items: readonly object[]): readonly string[] {
  const tap = new ListTap({ codec: CODECS.json, resource: NODES, plan }, { passAt: () => Infinity });
  const list = { kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items };
  tap.push(Buffer.from(JSON.stringify(list)), 0);
  return [...(tap.finish()?.snapshot.held.values() ?? [])].map(({ fingerprint }) => fingerprint);
}
