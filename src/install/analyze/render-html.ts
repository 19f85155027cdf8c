/** The report as one file that loads nothing: no script, no request, and plots as SVG. Pure. */
import { bytes, count, pace, share } from '../../platform/text/figures.ts';
import { foreign, Html, markup, type Content } from '../../platform/text/html.ts';
import { STYLE } from './html-style.ts';
import type { Report, ResourceReport } from './report.ts';
import type { Series } from './series.ts';

export function renderHtml(report: Report): string {
  const names = report.resources.map(({ resource }) => resource).join(', ');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>The noise of ${names.slice(0, 200)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><h1>What a watch is made of</h1>
<p>Made by ${report.madeBy} at ${report.at}. Nothing was written to the cluster.</p></header>
<main>
${report.resources.map(resourceSection)}
${skippedSection(report)}
</main>
<footer>${report.isRedacted && 'Names of objects, and keys outside of well-known domains, are pseudonyms. '}Savings in bytes are counted; savings in CPU are estimates from the bench of watchsieve.</footer>
</body>
</html>
`;
  return page.text;
}

function resourceSection(report: ResourceReport): Html {
  const { resource, events, seconds, initial } = report;
  return markup`<h2>${foreign(resource)}</h2>
<section>
${
  report.isCountOnly || events === 0
    ? markup`<p>${events === 0 ? 'Nothing happened.' : 'Counted by their metadata, and not looked at.'}</p>`
    : markup`<div class="big">${share(report.idle.events, events)}</div>
<p>of the events change nothing, or only a time</p>`
}
<dl>
${fact('Events', `${pace(report.eventsPerSecond)} a second`)}
${fact('Bytes', `${bytes(report.bytesPerSecond)} a second`)}
${fact('Watched', `${seconds.toFixed(0)} s, ${count(events)} events`)}
${fact('At the start', `${count(initial.objects)} objects, ${bytes(initial.bytes)}`)}
</dl>
${events > 0 && plot(report.series)}
${table(
  'What happens',
  ['kind', 'of the events', 'fields', 'by'],
  report.kinds.map((kind) => [
    kind.name,
    bar(kind.events, events),
    kind.fields.map((field) => markup`<code>${foreign(field)}</code> `),
    foreign(kind.writers.join(', ')),
  ]),
)}
${table(
  'Fields that change',
  ['field', 'of the events', 'by'],
  report.fields.map((field) => [
    markup`<code>${foreign(field.field)}</code>`,
    bar(field.events, events),
    foreign(field.writers.join(', ')),
  ]),
)}
${table(
  'Noisiest objects',
  ['object', 'of the events', 'bytes'],
  report.objects.map((object) => [foreign(object.name), bar(object.events, events), bytes(object.bytes)]),
)}
${table(
  'A sidecar would swallow, by preset',
  ['preset', 'of the events', 'bytes'],
  report.presets.map((preset) => [
    markup`<code>${preset.name}</code>`,
    bar(preset.events, events),
    bytes(preset.bytes),
  ]),
)}
${advice(report)}
</section>`;
}

function fact(name: string, value: string): Html {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function bar(part: number, whole: number): Html {
  const width = whole > 0 ? ((part / whole) * 100).toFixed(1) : '0';
  return markup`${share(part, whole)}<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="1"/></svg>`;
}

function table(title: string, heads: readonly string[], rows: readonly (readonly Content[])[]): Html | false {
  if (rows.length === 0) return false;
  return markup`<h3>${title}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => markup`<tr>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** Bars over time: all events, and in front of them those in which nothing or only a time changed. */
function plot({ events, idle, secondsPerPoint }: Series): Html {
  const most = Math.max(1, ...events);
  const bars = (points: readonly number[]) =>
    points.map((value, at) => `M${at} ${most}v-${value}h0.9v${value}z`).join('');
  const text = `${pace(most / secondsPerPoint)} events a second at most`;
  return markup`<h3>Over time</h3>
<figure><svg class="plot" viewBox="0 0 ${events.length} ${most}" preserveAspectRatio="none" role="img" aria-label="${text}">
<path class="all" d="${bars(events)}"/><path class="idle" d="${bars(idle)}"/></svg>
<figcaption><span class="key"></span> all events, <span class="key idle"></span> of them change nothing, or only a time; ${text}</figcaption></figure>`;
}

function advice({ fit, saving, proposal, events }: ResourceReport): Html {
  return markup`${
    fit !== undefined &&
    saving !== undefined &&
    markup`<h3>For ${fit.consumer}</h3>
<p><code>--preset ${fit.projection}</code> spares each client ${pace(saving.eventsPerSecond)} events and ${bytes(saving.bytesPerSecond)} a second (counted), and
${saving.clientCpuPercent.toFixed(2)} % of a core in a client-go informer for ${saving.sidecarCpuPercent.toFixed(2)} % in the sidecar (estimated).
The API server still sends all of it to the sidecar: with a client on each of the ${count(saving.hub.clients)} Nodes, ${bytes(saving.hub.bytesPerSecond)} a second.
A hub, one watch for all of them (docs/hub.md), would take ${bytes(saving.hub.hubBytesPerSecond)}, and ${saving.sidecarCpuPercent.toFixed(2)} % of a core where all the sidecars take ${saving.hub.sidecarsCpuPercent.toFixed(2)} % (estimated).</p>`
  }${
    proposal !== undefined &&
    markup`<h3>A projection without what changes most</h3>
<p>It leaves out ${share(proposal.events, events)} of the events. See that your controller reads none of these fields.</p>
<pre tabindex="0">${proposal.paste}</pre>`
  }`;
}

function skippedSection({ skipped }: Report): Html | false {
  if (skipped.length === 0) return false;
  return markup`<h2>Not watched</h2>
<section><ul>${skipped.map(({ resource, reason }) => markup`<li>${foreign(resource)}: ${foreign(reason)}</li>`)}</ul></section>`;
}
