/** Short ways to ask a sieve for its verdicts. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import type { InitialPhase } from '../../src/core/sieve/initial-phase.ts';
import { planOf, type PresetName } from '../../src/core/projection/presets.ts';
import { EventReader } from '../../src/core/sieve/event-reader.ts';
import type { Memos } from '../../src/core/sieve/memo.ts';
import { Sieve, type SieveOptions } from '../../src/core/sieve/sieve.ts';
import type { Reason } from '../../src/core/sieve/verdict.ts';
import type { EventType } from '../../src/core/codec/watch-event.ts';
import type { FieldsPlan } from '../../src/core/projection/plan.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import type { TestNode } from './arbitrary-node.ts';
import { jsonFrame, protobufFrame } from './encode.ts';

export const BOTH = ['json', 'protobuf'] as const;
export type TestEncoding = (typeof BOTH)[number];

export interface TestSieveOptions extends Partial<SieveOptions> {
  readonly encoding: TestEncoding;
  readonly plan: FieldsPlan;
  readonly resource?: Resource;
  readonly memos?: Memos | undefined;
}

/** A reader and what judges for one client: one about which nothing is known, and without a maximum suppression age. */
export class TestSieve extends Sieve {
  readonly #reader: EventReader;

  constructor({ encoding, plan, resource = NODES, memos, ...options }: TestSieveOptions) {
    super({ phase: 'past', resourceVersion: '', snapshot: undefined, passAt: () => Infinity, ...options });
    this.#reader = new EventReader({ codec: CODECS[encoding], resource, memos }, plan);
  }

  /** @returns undefined for what is no frame */
  decide(
    bytes: Buffer,
    start = 0,
    end = bytes.length,
  ): { readonly type: EventType; readonly reason: Reason; readonly resourceVersion: string } | undefined {
    const event = this.#reader.read(bytes, start, end);
    if (event === undefined) {
      this.doubt('verbatim');
      return undefined;
    }
    const { type, resourceVersion } = event;
    return { type, resourceVersion, reason: this.judge(event) };
  }
}

export function sieveOf(
  encoding: TestEncoding,
  preset: PresetName,
  phase: InitialPhase = 'past',
  resource = NODES,
): TestSieve {
  return new TestSieve({ encoding, plan: planOf(preset), phase, resource });
}

export function frame(encoding: TestEncoding, type: string, node: TestNode): Buffer {
  return encoding === 'json' ? jsonFrame(type, node) : protobufFrame(type, node);
}

/** The reason the sieve gives for this frame; `malformed` where it is none. */
export function reasonFor(sieve: TestSieve, bytes: Buffer): Reason | 'malformed' {
  return sieve.decide(bytes, 0, bytes.length)?.reason ?? 'malformed';
}

/** A plain Node, and the same with some parts replaced. */
export function node(parts: { metadata?: object; spec?: object; status?: object } = {}): TestNode {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: 'node-1',
      uid: 'u1',
      resourceVersion: '1',
      labels: { a: '1', b: '2' },
      ...parts.metadata,
    },
    spec: { podCIDR: '10.0.0.0/24', ...parts.spec },
    status: {
      conditions: [
        { type: 'NetworkUnavailable', status: 'False', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
        { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
      ],
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: 'node-1' },
      ],
      images: [{ names: ['nginx'], sizeBytes: 1 }],
      ...parts.status,
    },
  };
}
