/** The top of the page: the identity and state of this sidecar, and what it has saved since its start. */
import type { Status } from '../status.ts';
import { bytes, count, share, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

/**
 * The most important state and settings in one line. Upstream is shown by its address, without the file that names it.
 */
export function facts({ state, checks, mode, preset, sieved, uptimeSeconds, upstream }: Status): Html {
  const wrong = checks.filter(({ ok }) => !ok);
  const tone = state !== 'ready' ? 'bad' : wrong.length > 0 || mode === 'observe' ? 'warn' : 'good';
  return markup`<p class="facts" id="facts" data-live>
    <span class="pill ${tone}">${state}${mode === 'observe' && ', observing: nothing is left out'}${wrong.length > 0 && `: ${wrong.map(({ name }) => name).join(', ')}`}</span>
    <span>mode <b>${mode}</b></span>
    <span>preset <b>${foreign(preset)}</b></span>
    ${sieved.length > 1 && markup`<span>sieves <b>${foreign(sieved.join(', '))}</b></span>`}
    <span>up <b>${span(uptimeSeconds)}</b></span>
    <span>${foreign(upstream.split(' (', 1)[0] ?? '')}</span>
  </p>`;
}

/** The savings, or an explanation if there are none yet. */
export function summary(status: Status): Html {
  const { events, bytes: sizes, wakeUpsSpared, uptimeSeconds, mode, hub } = status;
  const isObserving = mode === 'observe';
  const spared = isObserving ? events.wouldSwallow : events.swallowed;
  const verb = isObserving ? 'would have been swallowed' : 'were swallowed';
  return markup`<div class="hero">
    <p class="big">
      <strong>${events.received === 0 ? (hub === null ? 'Waiting' : '–') : share(spared, events.received)}</strong>
      <span
        >${
          events.received === 0
            ? hub === null
              ? 'No event has arrived from upstream yet.'
              : 'No event has passed through this hub except those it shares.'
            : markup`of <b>${count(events.received)}</b> events from upstream ${verb} since the start,
                ${span(uptimeSeconds)} ago.`
        }</span
      >
    </p>
    <dl class="tiles">
      ${tile('Wake-ups spared', count(wakeUpsSpared), 'events no client had to decode and look at')}
      ${tile('Not sent on', bytes(sizes.swallowed), `of ${bytes(sizes.received)} received`)}
      ${tile('Forwarded', count(events.forwarded), isObserving ? `and ${count(events.wouldSwallow)} that changed nothing` : 'events, for the reasons below')}
      ${tile('Clients', count(status.streams.length + status.moreStreams), openWatches(status))}
    </dl>
  </div>`;
}

function openWatches({ streams, moreStreams, noisiest }: Status): string {
  const watches = streams.length + moreStreams === 1 ? 'watch' : 'watches';
  const of = [...new Set(streams.map(({ resource }) => resource))];
  if (noisiest !== null && of.length === 1)
    return `open ${watches} of ${count(noisiest.of)} ${noisiest.resource}`;
  return `open ${watches}${of.length === 0 ? '' : ` of ${of.length} resources`}`;
}

function tile(name: string, value: string, note: string): Html {
  return markup`<div><dt>${name}</dt><dd>${value}<span class="note">${note}</span></dd></div>`;
}
