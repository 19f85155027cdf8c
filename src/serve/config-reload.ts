/**
 * Checks whether the config file has changed, and applies those settings that may change while the program runs.
 * Nothing here ends the process or a stream: if the file is invalid, the previous values stay.
 */
import type { SievedResource } from '../core/projection/filter.ts';
import { identityOf } from '../core/resource/resource.ts';
import type { ParsedSettings, SettingSources } from '../config/parse-settings.ts';
import { type SettingField, SETTING_FIELDS, SETTINGS, type Settings } from '../config/settings.ts';
import type { StartTimer, StopTimer } from '../platform/timer.ts';
import type { Logger } from '../platform/logger.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';

export const CONFIG_RELOADS = ['applied', 'unchanged', 'invalid'] as const;
type Result = (typeof CONFIG_RELOADS)[number];

export interface ConfigReloadOptions {
  readonly settings: Settings;
  readonly sources: SettingSources;
  /** Settings of the file that had no effect at the start. */
  readonly hiddenInFile: readonly SettingField[];
  /** Undefined if the file is unchanged. */
  readonly reread: () => Promise<ParsedSettings | undefined>;
  readonly apply: (settings: Settings) => void;
  readonly metrics: MetricRegistry;
  readonly log: Logger;
  readonly startTimer: StartTimer;
}

/**
 * Short compared to the minute in which the kubelet updates a ConfigMap, long compared to the cost of reading a small
 * file.
 */
const INTERVAL_MS = 5000;

const LIVE = SETTING_FIELDS.filter((field) => SETTINGS[field].live);

export class ConfigReload {
  readonly #options: ConfigReloadOptions;
  readonly #found: (result: Result) => void;
  readonly #setValid: (value: 0 | 1) => void;
  readonly #toldHidden = new Set<SettingField>();
  #settings: Settings;
  #sources: SettingSources;
  #atNextStart: readonly SettingField[] = [];
  #stopTimer: StopTimer | undefined;
  #isStopped = false;

  constructor(options: ConfigReloadOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#sources = options.sources;
    this.#found = options.metrics.closedCounter(
      'watchsieve_config_reloads_total',
      'Changes of the config file while running: applied (mode or preset changed), unchanged (nothing takes effect before the next start), invalid (the previous values stay).',
      { label: 'result', words: CONFIG_RELOADS },
    );
    this.#setValid = options.metrics.gauge(
      'watchsieve_config_file_valid',
      '1 if the config file is valid or absent; 0 if its new content is invalid and therefore not used.',
    );
    // With an invalid file this process would not have started.
    this.#setValid(1);
  }

  start(): void {
    this.#tellHidden(this.#options.hiddenInFile);
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
  }

  /** The current settings and their sources, and the settings of the file that wait for the next start. */
  get current(): {
    readonly settings: Settings;
    readonly sources: Readonly<Record<string, string>>;
    readonly atNextStart: readonly SettingField[];
  } {
    return {
      settings: this.#settings,
      sources: Object.fromEntries(this.#sources),
      atNextStart: this.#atNextStart,
    };
  }

  #later(): void {
    this.#stopTimer = this.#options.startTimer(INTERVAL_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      const parsed = await this.#options.reread();
      if (parsed !== undefined && !this.#isStopped) {
        const result = this.#take(parsed);
        this.#found(result);
        this.#setValid(result === 'invalid' ? 0 : 1);
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'reading the config file failed');
    }
    if (!this.#isStopped) this.#later();
  }

  #take(parsed: ParsedSettings): Result {
    const { log, settings: started, sources: startedBy, apply } = this.#options;
    if ('problems' in parsed) {
      log.warn(
        { problems: parsed.problems },
        'the config file has changed and has problems: nothing is applied',
      );
      return 'invalid';
    }
    this.#tellHidden(parsed.hiddenInFile);
    const { ok: wanted, sources } = parsed;
    const counting = { ...wanted, sieved: stillSieved(started.sieved, wanted.sieved, this.#settings.sieved) };
    const isRedefined = isDifferent(keysOf(counting), keysOf(this.#settings));
    const applied = LIVE.filter((field) => isDifferent(wanted[field], this.#settings[field]));
    const live = Object.fromEntries(LIVE.map((field) => [field, wanted[field]]));
    const { projection, sieved, ownProjections } = counting;
    this.#settings = Object.freeze({ ...started, ...live, projection, sieved, ownProjections });
    this.#sources = new Map(
      [...startedBy].map(([field, by]) => [field, SETTINGS[field].live ? (sources.get(field) ?? by) : by]),
    );
    this.#atNextStart = SETTING_FIELDS.filter(
      (field) =>
        (!SETTINGS[field].live && isDifferent(wanted[field], started[field])) ||
        (field === 'resources' && isDifferent(namesOf(wanted.sieved), namesOf(started.sieved))),
    );
    if (this.#atNextStart.length > 0)
      log.info(
        { settings: this.#atNextStart },
        'the config file has changed: these take effect at the next start',
      );
    if (applied.length === 0 && !isRedefined) return 'unchanged';
    apply(this.#settings);
    const changes = applied.map((field) => [field, { to: wanted[field], by: sources.get(field) }]);
    log.info({ settings: Object.fromEntries(changes) }, 'the config file has changed: applied');
    return 'applied';
  }

  /** Logged once for each setting, so that an operator who edits the file learns why nothing happens. */
  #tellHidden(fields: readonly SettingField[]): void {
    for (const field of fields) {
      if (!SETTINGS[field].live || this.#toldHidden.has(field)) continue;
      this.#toldHidden.add(field);
      this.#options.log.warn(
        { setting: field, decidedBy: this.#sources.get(field) },
        'the config file sets what a flag or the environment decides: it has no effect there',
      );
    }
  }
}

/**
 * The set of sieved resources is fixed at the start. Their projections can change, as long as the settings name one.
 */
function stillSieved(
  started: readonly SievedResource[],
  wanted: readonly SievedResource[],
  present: readonly SievedResource[],
): readonly SievedResource[] {
  const of = (list: readonly SievedResource[], name: string) =>
    list.find(({ resource }) => identityOf(resource) === name);
  return started.map((one) => {
    const name = identityOf(one.resource);
    const { projection } = of(wanted, name) ?? of(present, name) ?? one;
    return { resource: one.resource, projection };
  });
}

function namesOf(sieved: readonly SievedResource[]): readonly string[] {
  return sieved.map(({ resource }) => identityOf(resource)).sort();
}

function keysOf({ sieved, ownProjections }: Pick<Settings, 'sieved' | 'ownProjections'>): readonly string[] {
  return [
    ...sieved.map(({ projection }) => projection.key),
    ...[...ownProjections.values()].map(({ key }) => key),
  ];
}

function isDifferent(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
