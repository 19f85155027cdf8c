/**
 * What the hub's core costs, without sockets: CPU per heartbeat with one reader and with many, CPU per delivered event and
 * reader, memory per reader and per 1,000 Nodes. `node --expose-gc bench/hub/core.ts [--nodes N] [--readers N] [--beats N]`.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { attach } from '../../src/core/hub/attach.ts';
import { Epoch } from '../../src/core/hub/epoch.ts';
import { ListingReader } from '../../src/core/hub/listing.ts';
import type { Reader } from '../../src/core/hub/reader.ts';
import { CODECS } from '../../src/core/codec/codecs.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { listBody, modifiedFrames } from '../end-to-end/cluster-frames.ts';
import { heartbeatBytes, markText } from '../frames.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    readers: { type: 'string', default: '2000' },
    beats: { type: 'string', default: '4000' },
  },
});
const [nodes, many, beats] = [Number(values.nodes), Number(values.readers), Number(values.beats)];
const REPEATS = 7;
const CHANGES = 20;
const LIMITS = { maxBytes: 64 * 1024 * 1024, maxAgeMs: Infinity, maxStoreBytes: Infinity };

/** A feed that is fed by hand, and its readers. */
class Bench {
  readonly epoch: Epoch;
  readonly readers: Reader[] = [];
  readonly #encoding: Encoding;
  readonly #splitter;
  readonly #target = Buffer.alloc(1024 * 1024);
  #version = nodes;
  #changes = 0;

  constructor(encoding: Encoding, readers: number) {
    this.#encoding = encoding;
    const codec = CODECS[encoding];
    const wrapping = codec.wrapping(NODES) ?? assert.fail('no wrapping');
    const how = { plan: planOf('metallb'), wrapping, passAt: () => Infinity };
    const listing = new ListingReader({ codec, resource: NODES, ...how, maxBytes: Infinity });
    listing.push(listBody(encoding, nodes, false));
    const read = { codec, resource: NODES, memos: new Memos(64 * 1024 * 1024) };
    this.epoch = new Epoch({ ...read, ...how, limits: LIMITS }, listing.finish(0) ?? assert.fail('no list'));
    this.#splitter = codec.splitter(4 * 1024 * 1024);
    this.join(readers);
    // Each object is scanned once before its essence is known.
    this.beat(nodes);
  }

  join(readers: number): void {
    for (let i = 0; i < readers; i++) {
      const begin = { kind: 'from', resourceVersion: this.epoch.readAt } as const;
      const reader = attach(this.epoch, begin, { bookmarks: true, key: undefined });
      assert.ok(typeof reader !== 'string');
      this.readers.push(reader);
    }
  }

  beat(times: number): void {
    for (let i = 0; i < times; i++) this.#event(undefined);
  }

  change(): void {
    this.#event(markText({ change: ++this.#changes, sentAt: 1n }));
  }

  /** All readers take what there is. @returns how many frames each of them got */
  take(): number {
    let frames = 0;
    const out: Buffer[] = [];
    for (const reader of this.readers) {
      out.length = 0;
      assert.equal(reader.take(out, Infinity), 'idle');
      frames += out.length;
    }
    return frames / this.readers.length;
  }

  #event(mark: string | undefined): void {
    const version = ++this.#version;
    const frame = modifiedFrames(this.#encoding, nodes)[version % nodes];
    const patch = {
      resourceVersion: version,
      mark,
      heartbeat: heartbeatBytes(this.#encoding, version),
    };
    const bytes = frame?.writeTo(this.#target, patch) ?? assert.fail('no frame');
    this.epoch.read(this.#splitter, bytes);
  }
}

/** Microseconds of CPU. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] ?? NaN;

for (const encoding of ['json', 'protobuf'] as const) {
  const [one, crowd] = [new Bench(encoding, 1), new Bench(encoding, many)];
  const [alone, together, delivered]: [number[], number[], number[]] = [[], [], []];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    alone.push(cpuOf(() => one.beat(beats)) / beats);
    together.push(cpuOf(() => crowd.beat(beats)) / beats);
    assert.equal(crowd.take(), 0);
    for (let i = 0; i < CHANGES; i++) crowd.change();
    delivered.push(cpuOf(() => assert.equal(crowd.take(), CHANGES)) / (CHANGES * many));
    // The next heartbeats take the changes back, which are changes too.
    crowd.beat(nodes);
    assert.equal(crowd.take(), CHANGES);
  }
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  crowd.join(many);
  global.gc?.();
  const perReader = (process.memoryUsage().heapUsed - before) / many;
  const ratio = alone.map((cpu, i) => (together[i] ?? NaN) / cpu);
  const store = one.epoch.store.bytes / nodes / 1024;
  console.log(
    `${encoding}: heartbeat ${median(alone).toFixed(1)} µs with 1 reader, ${median(together).toFixed(1)} µs with ${many}: ` +
      `× ${median(ratio).toFixed(2)} (${Math.min(...ratio).toFixed(2)} to ${Math.max(...ratio).toFixed(2)}); ` +
      `taking an event ${median(delivered).toFixed(2)} µs per reader; ${Math.round(perReader)} B per reader; ` +
      `store ${store.toFixed(1)} KiB per Node`,
  );
}
