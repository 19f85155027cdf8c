/** The report for a terminal: plain lines, most important first. Pure. */
import { wrap } from '../../config/render.ts';
import { bytes, count, pace, share } from '../../platform/text/figures.ts';
import { printable } from '../../platform/text/printable.ts';
import type { Report, ResourceReport } from './report.ts';

const ROWS = 8;
const WIDTH = 80;
/** A longer cell, such as the path of a label, pushes only the rest of its own line to the right. */
const COLUMN = 40;

export function renderText(report: Report): string {
  const parts = report.resources.map(renderResource);
  if (report.skipped.length > 0)
    parts.push([
      'Not watched:',
      ...report.skipped.flatMap(({ resource, reason }) => paragraph(`${resource}: ${reason}`)),
    ]);
  if (report.isRedacted)
    parts.push(['Names, and keys outside of well-known domains, are pseudonyms; --show-names shows them.']);
  // Non-breaking spaces are meant for pages.
  return parts
    .map((lines) => `${lines.map((line) => printable(line.replaceAll('\u00a0', ' '))).join('\n')}\n`)
    .join('\n');
}

function renderResource(report: ResourceReport): string[] {
  const { resource, seconds, events, initial } = report;
  const lines = [
    `${resource}: ${count(events)} events in ${seconds.toFixed(0)} s: ${pace(report.eventsPerSecond)} a second, ` +
      `${bytes(report.bytesPerSecond)} a second`,
    ...paragraph(
      `at the start ${count(initial.objects)} objects, ${bytes(initial.bytes)}${report.encoding === 'protobuf' ? ', in protobuf' : ''}${endNote(report)}`,
    ),
  ];
  if (report.isCountOnly) return [...lines, '  Secrets are counted by their metadata, and not looked at.'];
  if (events === 0) return [...lines, '  Nothing happened: watch for longer (--duration).'];
  lines.push(
    ...paragraph(
      `${share(report.idle.events, events)} of the events (${share(report.idle.bytes, report.bytes)} of the bytes) change nothing, or only a time`,
    ),
    ...section(
      'What happens',
      report.kinds
        .slice(0, ROWS)
        .map((kind) => [
          share(kind.events, events),
          kind.name,
          kind.writers.length === 0 ? '' : `by ${kind.writers.join(', ')}`,
          kind.fields.join(', '),
        ]),
    ),
    ...section(
      'Fields that change',
      report.fields
        .slice(0, ROWS)
        .map((field) => [
          share(field.events, events),
          field.field,
          field.writers.length === 0 ? '' : `by ${field.writers.join(', ')}`,
        ]),
    ),
    ...section(
      'Noisiest objects',
      report.objects
        .slice(0, ROWS)
        .map((object) => [
          share(object.events, events),
          object.name,
          `${count(object.events)} events, ${bytes(object.bytes)}`,
        ]),
    ),
    ...section(
      'A sidecar would swallow, by preset',
      report.presets.map((preset) => [
        share(preset.events, events),
        preset.name,
        `${count(preset.events)} events, ${bytes(preset.bytes)}`,
      ]),
    ),
  );
  return [...lines, ...adviceLines(report)];
}

function endNote({ endedBy, initial }: ResourceReport): string {
  switch (endedBy) {
    case 'duration':
      return '';
    case 'interrupted':
      return '; ended early, as asked';
    case 'bytes':
      return initial.objects > 0 ? '; ended early at --max-bytes' : '; ended at --max-bytes';
    case 'server':
      return '; ended early by the API server';
    case 'initial':
      return '; the state before the watch had not come whole within 2 minutes';
  }
}

function adviceLines({ fit, saving, proposal, events }: ResourceReport): string[] {
  const lines: string[] = [];
  if (fit !== undefined && saving !== undefined)
    lines.push(
      '',
      `  For ${fit.consumer}: --preset ${fit.projection}`,
      ...paragraph(
        `spares each client ${pace(saving.eventsPerSecond)} events and ${bytes(saving.bytesPerSecond)} a second (counted), ` +
          `${percent(saving.clientCpuPercent)} of a core in a client-go informer, for ${percent(saving.sidecarCpuPercent)} in the sidecar ` +
          '(estimated from the bench of this project). The API server still sends all of it to the sidecar. ' +
          `With a client on each of the ${count(saving.hub.clients)} Nodes it sends ${bytes(saving.hub.bytesPerSecond)} a second; ` +
          `a hub, one watch for all of them (docs/hub.md), would take ${bytes(saving.hub.hubBytesPerSecond)}, ` +
          `and ${percent(saving.sidecarCpuPercent)} of a core where all the sidecars take ${percent(saving.hub.sidecarsCpuPercent)}.`,
        '    ',
      ),
    );
  if (proposal !== undefined)
    lines.push(
      '',
      ...paragraph(
        `A projection without what changes most, ${share(proposal.events, events)} of the events (see that your controller reads none of it):`,
      ),
      ...indented(proposal.paste),
    );
  return lines;
}

function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)}\u00a0%`;
}

function paragraph(text: string, indent = '  '): string[] {
  return wrap(text, WIDTH - indent.length).map((line) => indent + line);
}

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`);
}

/** A table. The last cell of a line that would be too long goes on below it. */
function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0).filter((length) => length <= COLUMN)),
  );
  const lines = rows.flatMap((row) => {
    const [first = '', ...cells] = row
      .slice(0, -1)
      .map((cell, at) => cell.padEnd(at === 0 ? 0 : (widths[at] ?? 0)));
    const beginning = `    ${[first.padStart(widths[0] ?? 0), ...cells].join('  ')}`;
    const last = row.at(-1) ?? '';
    if (last === '' || beginning.length + 2 + last.length <= WIDTH)
      return [`${beginning}  ${last}`.trimEnd()];
    return [beginning.trimEnd(), ...paragraph(last, ' '.repeat(14))];
  });
  return ['', `  ${title}`, ...lines];
}
