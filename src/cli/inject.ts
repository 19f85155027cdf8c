/**
 * `watchsieve inject` and `watchsieve uninject`: read manifests and write them, or a diff. Either all files are written
 * or none.
 */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { whyNoneIsChosen, whyUnchosen } from '../install/inject/choose.ts';
import { inject, type Result, type Touched, uninject } from '../install/inject/inject.ts';
import { DEFAULT_LEADING } from '../install/inject/leading.ts';
import type { Plan } from '../install/inject/plan.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { EXIT } from './exit-codes.ts';
import { type ManifestOptions, parseManifestOptions } from '../install/flags/manifest-options.ts';
import type { Io } from './io.ts';
import { type ManifestFile, readManifests } from './manifest-files.ts';
import { replaceAll } from './replace-files.ts';
import { wrongUsage } from './endings.ts';

type Command = 'inject' | 'uninject';

interface Outcome {
  readonly file: ManifestFile;
  readonly result: Result;
}

/** Runs one of the two commands. @returns the exit code */
export async function runInject(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const say = (text: string) => io.stderr.write(`watchsieve: ${text}\n`);
  const parsed = parseManifestOptions(command, argv);
  if ('problems' in parsed) return wrongUsage(io, command, parsed.problems);
  const options = parsed.ok;
  const { files, problems: unread } = await readManifests(options.inputs, io.readStdin);
  unread.forEach(say);
  if (unread.length > 0) return EXIT.usage;
  const outcomes = files.map((file) => ({
    file,
    result:
      command === 'inject'
        ? inject(file.text, options.choice, { ...options.sidecar, presets: PRESETS })
        : uninject(file.text, options.choice),
  }));
  const problems = [...problemsIn(outcomes), ...missing(command, outcomes, options)];
  if (problems.length === 0) problems.push(...(await write(outcomes, options, io)));
  problems.forEach(say);
  if (problems.length > 0) return EXIT.failed;
  report(outcomes, options, say);
  return EXIT.fine;
}

function nameOf({ path }: ManifestFile): string {
  return path ?? 'standard input';
}

function problemsIn(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ file, result }) =>
    result.problems.map(({ document, object, message }) => {
      const place = [nameOf(file), document === undefined ? undefined : `document ${document}`, object];
      return `${place.filter((part) => part !== undefined).join(', ')}: ${message}`;
    }),
  );
}

/** Named workloads that were not found: probably a wrong file or a wrong name. */
function missing(command: Command, outcomes: readonly Outcome[], options: ManifestOptions): string[] {
  if (options.allowNone || outcomes.some(({ result }) => result.problems.length > 0)) return [];
  const touched = outcomes.flatMap(({ result }) => result.touched);
  const absent = options.choice.names.filter((name) => !touched.some((each) => each.name === name));
  const others = outcomes.flatMap(({ result }) => result.others);
  if (absent.length > 0)
    return absent.map((name) =>
      command === 'inject'
        ? (whyUnchosen(others, name) ?? `no workload is named ${name}`)
        : `no injected workload is named ${name}`,
    );
  if (touched.length > 0) return [];
  const why =
    command === 'inject'
      ? `inject: ${whyNoneIsChosen(others, options.choice)}`
      : 'remove: no workload has the sidecar';
  return [`nothing to ${why} (--allow-none allows it)`];
}

/** @returns why nothing could be written */
async function write(outcomes: readonly Outcome[], { output }: ManifestOptions, io: Io): Promise<string[]> {
  if (output === 'in-place') {
    const problem = await replaceAll(
      outcomes.flatMap(({ file: { path, text }, result }) =>
        path === undefined || result.text === text ? [] : [{ path, from: text, to: result.text }],
      ),
    );
    return problem === undefined ? [] : [problem];
  }
  if (output === 'stdout') io.stdout.write(joined(outcomes.map(({ result }) => result.text)));
  else
    for (const { file, result } of outcomes)
      if (result.text !== file.text) io.stdout.write(diff(file, result.text));
  return [];
}

function diff(file: ManifestFile, text: string): string {
  const name = nameOf(file);
  return createTwoFilesPatch(name, name, file.text, text, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
}

/** Joins documents into one stream. A single text stays unchanged. */
function joined(texts: readonly string[]): string {
  return texts.reduce((all, text) => {
    if (all === '' || text === '') return all + text;
    const separator = /^---(?:\s|$)/.test(text) ? '' : '---\n';
    return `${all}${all.endsWith('\n') ? '' : '\n'}${separator}${text}`;
  }, '');
}

function report(
  outcomes: readonly Outcome[],
  options: ManifestOptions,
  say: (text: string) => unknown,
): void {
  const verb = options.output === 'diff' ? 'would be ' : '';
  for (const { file, result } of outcomes) {
    for (const { object, outcome, sidecar } of result.touched) {
      const how = sidecar === undefined ? '' : ` (${description(sidecar)})`;
      for (const note of sidecar?.notes ?? []) say(`warning: ${object}: ${note}`);
      say(`${nameOf(file)}: ${object} ${outcome === 'unchanged' ? 'has it already' : verb + outcome}${how}`);
    }
  }
  for (const warning of portClashes(outcomes.flatMap(({ result }) => result.touched))) say(warning);
}

function description({ container, variant, leading, preset, ports }: Plan): string {
  const parts = [`container ${container}`, variant];
  if (leading !== DEFAULT_LEADING) parts.push(`client ${leading}`);
  parts.push(`preset ${preset}`);
  if (ports !== undefined) parts.push(`ports ${ports.proxy}-${ports.metrics}`);
  return parts.join(', ');
}

/** On one node, two workloads on the host network cannot use the same ports. */
function portClashes(touched: readonly Touched[]): string[] {
  const byPort = new Map<number, string>();
  return touched.flatMap(({ object, sidecar }) => {
    if (sidecar?.isHostNetwork !== true || sidecar.ports === undefined) return [];
    const { proxy: base } = sidecar.ports;
    // Each workload has three consecutive ports.
    const other = [-2, -1, 0, 1, 2]
      .map((step) => byPort.get(base + step))
      // The same name means the same object, which may occur twice in a directory with overlays.
      .find((name) => name !== undefined && name !== object);
    if (!byPort.has(base)) byPort.set(base, object);
    return other === undefined
      ? []
      : [
          `warning: ${other} and ${object} have the same ports, and cannot share a node; ` +
            'set others by the annotation watchsieve.dev/port',
        ];
  });
}
