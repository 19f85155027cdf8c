/** Runs `watchsieve analyze`: resources → watches, a few at a time → report. */
import { type InitialPhase, initialPhaseOf } from '../../core/sieve/initial-phase.ts';
import { type Cluster, named, Refusal } from './cluster.ts';
import { SettingsProblem } from '../../config/settings-problem.ts';
import { PRESETS, projectionOf } from '../../core/projection/presets.ts';
import { NODES } from '../../core/resource/node.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { chosen, isSecret, watchable } from './discovery.ts';
import { type FrameReader, JSON_FRAMES, readersOf } from './frame-reader.ts';
import type { AnalyzeOptions } from './options.ts';
import { Redactor } from './redactor.ts';
import { FORMAT, resourceReport, type Report, type Watched } from './report.ts';
import { Survey } from './survey.ts';
import { watchResource, type WatchListener } from './watch-resource.ts';

/** The most concurrent watches, because the API server has other clients. */
const AT_ONCE = 4;

interface Amounts {
  readonly seconds: number;
  readonly events: number;
  readonly bytes: number;
  readonly idle: number;
}

export interface Progress extends Amounts {
  readonly resource: string;
}

export interface AnalyzeContext {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly madeBy: string;
  readonly wallNow: () => Date;
  /** Called with the running watches whenever one begins or ends. */
  readonly onRunning: (running: ReadonlySet<() => Progress>) => void;
}

/** @throws Refusal if nothing can be watched; SettingsProblem if there is no such resource */
export async function analyze(options: AnalyzeOptions, context: AnalyzeContext): Promise<Report> {
  const resources = await resourcesOf(options, context.cluster);
  const redactor = new Redactor(!options.showsNames);
  const watched: Watched[] = [];
  const skipped: { resource: string; reason: string }[] = [];
  const running = new Set<() => Progress>();
  const queue = [...resources];
  let refusal: Refusal | undefined;
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !context.signal.aborted; next = queue.shift()) {
      try {
        watched.push(await watchOne(next, { options, context, redactor, running }));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusal ??= error;
        skipped.push({ resource: nameOf(next), reason: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (watched.length === 0) throw refusal ?? new Refusal('ended before anything was watched');
  const order = (one: Watched) => resources.indexOf(one.resource);
  watched.sort(options.isAll ? (a, b) => b.findings.bytes - a.findings.bytes : (a, b) => order(a) - order(b));
  return {
    format: FORMAT,
    madeBy: context.madeBy,
    at: context.wallNow().toISOString(),
    isRedacted: redactor.isOn,
    resources: watched.map((one) => resourceReport(one, options.consumer)),
    skipped,
  };
}

async function resourcesOf(
  { resources, isAll }: AnalyzeOptions,
  cluster: Cluster,
): Promise<readonly Collection[]> {
  if (resources.length === 1 && resources[0] === NODES.plural) return [NODES];
  const all = await discovered(cluster);
  if (isAll) return all.filter((resource) => !isSecret(resource));
  const found = resources.map((word) => chosen(word, all));
  const problems = found.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) throw new SettingsProblem(problems.join('; '));
  return found.flatMap((one) => ('ok' in one ? [one.ok] : []));
}

/** The resource that a word means. Nodes are known without asking. @throws SettingsProblem, Refusal */
export async function resourceOf(word: string, cluster: Cluster): Promise<Collection> {
  if (word === NODES.plural) return NODES;
  const found = chosen(word, await discovered(cluster));
  if ('problem' in found) throw new SettingsProblem(found.problem);
  return found.ok;
}

async function discovered(cluster: Cluster): Promise<Awaited<ReturnType<typeof watchable>>> {
  return watchable(async (path) => {
    const { status, body } = await cluster.get(path);
    if (status === 200) return body;
    if (status === 401)
      throw new Refusal(
        'the API server does not know who asks (401): the credentials have expired or are not for this cluster',
      );
    // An aggregated API that is unavailable must not hide the other resources.
    return undefined;
  });
}

interface Work {
  readonly options: AnalyzeOptions;
  readonly context: AnalyzeContext;
  readonly redactor: Redactor;
  readonly running: Set<() => Progress>;
}

async function watchOne(
  resource: Collection,
  { options, context, redactor, running }: Work,
): Promise<Watched> {
  const watching = new SurveyedWatch(
    context.now,
    (phase, reader) =>
      new Survey({
        resource: resource.plural,
        isCountOnly: isSecret(resource),
        phase,
        reader,
        projections: nameOf(resource) === nameOf(NODES) ? PRESETS.map(projectionOf) : [],
        redactor,
      }),
  );
  const progress = (): Progress => ({ resource: named(nameOf(resource)), ...watching.progress });
  running.add(progress);
  context.onRunning(running);
  try {
    const endedBy = await watchResource(context.cluster, resource, watching, {
      readers: readersOf(resource),
      durationMs: options.durationMs,
      maxBytes: options.maxBytes,
      namespace: resource.namespaced ? options.namespace : undefined,
      signal: context.signal,
    });
    const seconds = watching.progress.seconds;
    return { resource, findings: watching.survey.findings(seconds), seconds, endedBy };
  } finally {
    running.delete(progress);
    context.onRunning(running);
  }
}

/** A watch with its survey and its clock. Time is counted from the end of the initial events. */
class SurveyedWatch implements WatchListener {
  readonly #now: () => number;
  readonly #make: (phase: InitialPhase, reader: FrameReader) => Survey;
  #survey: Survey | undefined;
  #startedAt: number;

  constructor(now: () => number, make: (phase: InitialPhase, reader: FrameReader) => Survey) {
    this.#now = now;
    this.#make = make;
    this.#startedAt = now();
  }

  get survey(): Survey {
    return (this.#survey ??= this.#make(initialPhaseOf(FROM_NOTHING), JSON_FRAMES));
  }

  get isPast(): boolean {
    return this.survey.isPast;
  }

  get resourceVersion(): string {
    return this.survey.resourceVersion;
  }

  get progress(): Amounts {
    const { events, bytes, idle } = this.survey;
    return { seconds: this.#seconds(), events, bytes, idle };
  }

  opened(phase: InitialPhase, reader: FrameReader): void {
    if (phase === 'past') return;
    this.#survey = this.#make(phase, reader);
    this.#startedAt = this.#now();
  }

  frame(bytes: Buffer, start: number, end: number): void {
    const { survey } = this;
    survey.frame(bytes, start, end, this.#seconds());
    // The last initial event starts the clock: on some servers only the first change shows that they are over.
    if (survey.events === 0) this.#startedAt = this.#now();
  }

  unread(bytes: number, events: number): void {
    this.survey.unread(bytes, events, this.#seconds());
  }

  #seconds(): number {
    return (this.#now() - this.#startedAt) / 1000;
  }
}

const FROM_NOTHING = {
  resourceVersion: '',
  sendInitialEvents: undefined,
  allowWatchBookmarks: true,
} as const;
