/** A WatchStream without sockets: what it writes lies in memory, time stands still until told. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { NODES } from '../../src/core/resource/node.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import type { SieveOptions } from '../../src/core/sieve/sieve.ts';
import { projectionOf } from '../../src/core/projection/presets.ts';
import type { EndCause } from '../../src/serve/telemetry/end-cause.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';
import {
  type StreamLimits,
  WatchStream,
  type WatchStreamOptions,
} from '../../src/serve/watch/watch-stream.ts';
import { FakeTime } from './fake-time.ts';
import { codecOf } from './frame-sieves.ts';
import type { TestEncoding } from './sieving.ts';

/** The few parts of a ServerResponse that a stream uses. */
export class FakeResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  at: 'open' | 'ended' | 'destroyed' = 'open';
  writableNeedDrain = false;
  writableLength = 0;

  setTimeout(): void {
    // A test lets the time pass by emitting 'timeout'.
  }

  write(bytes: Buffer, sent?: () => void): boolean {
    if (this.at !== 'open') throw new Error(`write after the response was ${this.at}`);
    this.written.push(Buffer.from(bytes));
    sent?.();
    return !this.writableNeedDrain;
  }
  end(): void {
    if (this.at !== 'open') throw new Error(`end after the response was ${this.at}`);
    this.at = 'ended';
    this.emit('finish');
  }
  destroy(): void {
    this.at = 'destroyed';
    this.emit('close');
  }
  get output(): Buffer {
    return Buffer.concat(this.written);
  }
}

export interface TestStream {
  readonly stream: WatchStream;
  readonly response: FakeResponse;
  readonly time: FakeTime;
  readonly causes: EndCause[];
  readonly releases: string[];
  /** Whether the request upstream was aborted. */
  readonly aborted: () => boolean;
}

export interface TestStreamOptions
  extends Partial<Pick<WatchStreamOptions, 'filter'>>, Partial<SieveOptions>, Partial<StreamLimits> {
  readonly encoding?: TestEncoding | 'opaque';
  readonly bookmarks?: boolean;
  readonly memos?: Memos;
  readonly response?: FakeResponse;
}

export function testStream({
  encoding = 'json',
  filter = { mode: 'filter', projection: projectionOf('metallb') },
  bookmarks = true,
  memos = new Memos(64 * 1024),
  maxFrameBytes = 16 * 1024 * 1024,
  maxLagMs = 10_000,
  deadlineMs = 600_000,
  slowClientMs = 30_000,
  maxQueuedBytes = 17 * 1024 * 1024,
  response = new FakeResponse(),
  ...known
}: TestStreamOptions = {}): TestStream {
  const time = new FakeTime();
  const causes: EndCause[] = [];
  const releases: string[] = [];
  let aborted = false;
  const codec = codecOf(encoding);
  const stream = new WatchStream({
    scope: {
      id: 1,
      resource: 'nodes',
      namespace: '',
      client: 'test',
      address: '',
      object: '',
      labelSelector: '',
      fieldSelector: '',
      resourceVersion: '1',
    },
    reading: codec && { codec, resource: NODES, memos },
    filter,
    client: {
      response: response as unknown as ServerResponse,
      bookmarks,
      known: { phase: 'past', resourceVersion: '1', snapshot: undefined, passAt: () => Infinity, ...known },
    },
    source: {
      abort: () => {
        aborted = true;
      },
      resume: () => undefined,
    },
    limits: { maxFrameBytes, maxLagMs, deadlineMs, slowClientMs, maxQueuedBytes },
    events: {
      onRelease: (kind) => releases.push(kind),
      onLatency: () => undefined,
      onPastInitialEvents: () => undefined,
      onEnd: (_stream, cause) => causes.push(cause),
    },
    tally: new EventTally(),
    now: time.now,
    startTimer: time.startTimer,
  });
  return { stream, response, time, causes, releases, aborted: () => aborted };
}
