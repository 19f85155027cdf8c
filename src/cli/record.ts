/** `watchsieve record`: flags → cluster → watch → file → exit code. */
import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { resourceOf } from '../install/analyze/analyze.ts';
import { collectionPath } from '../core/resource/resource.ts';
import { SettingsProblem } from '../config/settings-problem.ts';
import { isSecret } from '../install/analyze/discovery.ts';
import { JSON_FRAMES } from '../install/analyze/frame-reader.ts';
import { watchResource, type WatchListener } from '../install/analyze/watch-resource.ts';
import { FORMAT, frameBytes, headBytes } from '../lab/recording/format.ts';
import { PseudonymsFull } from '../lab/recording/pseudonyms.ts';
import { EventRedactor } from '../lab/recording/redact-event.ts';
import { Position } from '../lab/recording/position.ts';
import { version } from '../platform/version.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { openCluster } from './open-cluster.ts';
import { parseRecordOptions, type RecordOptions } from '../lab/recording/options.ts';
import { onStopRequest } from './signals.ts';
import { concluded } from './endings.ts';

export async function runRecord(argv: readonly string[], io: Io): Promise<number> {
  const act = (options: RecordOptions) => record(options, io);
  return concluded(io, 'record', parseRecordOptions(argv), act, 'watchsieve record');
}

async function record(options: RecordOptions, io: Io): Promise<number> {
  const cluster = await openCluster('record', options, io);
  const stop = onStopRequest(io);
  const full = new AbortController();
  try {
    const resource = await resourceOf(options.resource, cluster);
    if (isSecret(resource)) throw new SettingsProblem('Secrets are not recorded');
    const namespace = resource.namespaced ? options.namespace : undefined;
    const file = createWriteStream(options.file, { flags: 'wx', mode: 0o600 });
    const gzip = createGzip();
    const written = finished(gzip.pipe(file));
    // The failure is handled below. It may also happen while this function waits for the cluster.
    written.catch(() => full.abort());
    gzip.write(
      headBytes({
        format: FORMAT,
        madeBy: `watchsieve ${version}`,
        at: new Date().toISOString(),
        path: collectionPath(resource, options.showsValues ? namespace : undefined),
        isRedacted: !options.showsValues,
      }),
    );
    const recorder = new Recorder(gzip, options.showsValues ? undefined : new EventRedactor(randomInt), {
      full: () => full.abort(),
      begun: () =>
        io.stderr.write(
          `Recording for ${options.durationMs / 1000} s; Ctrl-C ends early, with what there is.\n`,
        ),
    });
    try {
      await watchResource(cluster, resource, recorder, {
        // Every client of a replay can read JSON.
        readers: [JSON_FRAMES],
        durationMs: options.durationMs,
        maxBytes: options.maxBytes,
        namespace,
        signal: AbortSignal.any([stop.signal, full.signal]),
      });
    } catch (error) {
      gzip.end();
      await written;
      // An empty file would prevent the next attempt from using this name.
      if (recorder.frames === 0) await rm(options.file);
      throw error;
    }
    gzip.end();
    await written;
    const left = recorder.leftOut === 0 ? '' : `; ${recorder.leftOut} could not be read, and were left out`;
    io.stdout.write(`${recorder.frames} events in ${options.file}${left}\n`);
    return EXIT.fine;
  } finally {
    stop.forget();
    await cluster.close();
  }
}

interface RecorderEvents {
  /** The redactor can replace no further texts. */
  full(): void;
  /** The initial state is complete; later events are recorded as they happen. */
  begun(): void;
}

class Recorder implements WatchListener {
  readonly #gzip: Gzip;
  readonly #redactor: EventRedactor | undefined;
  readonly #events: RecorderEvents;
  readonly #position = new Position();
  #startedAt: number | undefined;
  #hasBegun = false;
  frames = 0;
  leftOut = 0;

  constructor(gzip: Gzip, redactor: EventRedactor | undefined, events: RecorderEvents) {
    this.#gzip = gzip;
    this.#redactor = redactor;
    this.#events = events;
  }

  get isPast(): boolean {
    return this.#position.isPast;
  }

  get resourceVersion(): string {
    return this.#position.resourceVersion;
  }

  opened(phase: Parameters<WatchListener['opened']>[0]): void {
    this.#startedAt ??= performance.now();
    // Without a watch-list, nothing marks the end of the initial state.
    if (phase === 'until-not-added') this.#begin();
  }

  frame(bytes: Buffer, start: number, end: number): void {
    const frame = bytes.subarray(start, end);
    this.#position.read(frame);
    if (this.isPast) this.#begin();
    try {
      const kept = this.#redactor === undefined ? frame : this.#redactor.redact(frame);
      if (kept === undefined) this.leftOut++;
      else {
        this.frames++;
        this.#gzip.write(frameBytes(performance.now() - (this.#startedAt ?? 0), kept));
      }
    } catch (error) {
      if (!(error instanceof PseudonymsFull)) throw error;
      this.#events.full();
    }
  }

  unread(_bytes: number, events: number): void {
    this.leftOut += events;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#events.begun();
  }
}
