/** Short ways to ask a sieve for its verdicts. */
import { NODES } from '../../src/core/resource/node.ts';
import { type InitialPhase } from '../../src/core/sieve/initial-phase.ts';
import { planOf, type PresetName } from '../../src/core/projection/presets.ts';
import { Sieve } from '../../src/core/sieve/sieve.ts';
import { type Reason } from '../../src/core/sieve/verdict.ts';
import { JsonScanner } from '../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../src/core/codec/protobuf/scanner.ts';
import { type EventScanner } from '../../src/core/codec/watch-event.ts';
import { type TestNode } from './arbitrary-node.ts';
import { jsonFrame, protobufFrame } from './encode.ts';

export const BOTH = ['json', 'protobuf'] as const;
export type TestEncoding = (typeof BOTH)[number];

export function sieveOf(encoding: TestEncoding, preset: PresetName, phase: InitialPhase = 'past'): Sieve {
  const Scanner = encoding === 'json' ? JsonScanner : ProtobufScanner;
  return sieveWith(new Scanner(NODES, planOf(preset)), phase);
}

/** A sieve of a client about which nothing is known, and without a maximum suppression age. */
export function sieveWith(scanner: EventScanner, phase: InitialPhase = 'past'): Sieve {
  return new Sieve({ scanner, phase, resourceVersion: '', snapshot: undefined, passAt: () => Infinity });
}

export function frame(encoding: TestEncoding, type: string, node: TestNode): Buffer {
  return encoding === 'json' ? jsonFrame(type, node) : protobufFrame(type, node);
}

/** The reason the sieve gives for this frame; `malformed` where it is none. */
export function reasonFor(sieve: Sieve, bytes: Buffer): Reason | 'malformed' {
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
