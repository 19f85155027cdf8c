/**
 * The page about one object: what its clients received, when and why, and what was swallowed since then;
 * `/debug/explain` has the same as JSON. Pure and without a script, so it shows the moment of the request.
 */
import type { Decision, Explained, ExplainedWatch } from '../../watch/explain.ts';
import { count, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';
import { parts } from './objects.ts';
import { meaningOfReason } from './reasons.ts';
import { heading, shell } from './shell.ts';

export function question(object = ''): Html {
  return markup`<form action="/explain"><label for="object">What is known of one object, by its name or NAMESPACE/NAME: when it was delivered, why, and what was swallowed since</label>
<input id="object" name="object" value="${object}" required autocomplete="off" spellcheck="false"><button>Explain</button></form>`;
}

/** @param explained undefined if no object was named */
export function renderExplained(explained: Explained | undefined, version: string): string {
  const object = explained?.object ?? '';
  const body = markup`<a class="skip" href="#main">To the answer</a>
<header>${heading(version)}<p class="live"><a href="/">Status</a></p></header>
<main id="main" tabindex="-1">
<section aria-labelledby="object-title"><h2 id="object-title">${object === '' ? 'Which object?' : foreign(object)}</h2>
${question(object)}
${explained !== undefined && markup`<p class="about">As of <time datetime="${explained.time}">${explained.time.slice(0, 19)}Z</time>. <a href="/debug/explain?object=${encodeURIComponent(object)}">The same as JSON</a></p>`}</section>
${explained?.streams.map(watch)}
${explained?.streams.length === 0 && markup`<section><p class="none">No watch is open and none has ended lately, so no client got anything. If a client should watch, check whether its <code>KUBECONFIG</code> names the sidecar's kubeconfig.</p></section>`}
</main>`;
  return shell({
    title: object === '' ? 'Which object? - watchsieve' : `${object} - watchsieve`,
    version,
    body,
  });
}

function watch(told: ExplainedWatch): Html {
  const {
    stream,
    resource,
    client,
    address,
    encoding,
    opened,
    ended,
    meaning,
    lastDelivered,
    unchangedSince,
  } = told;
  const { passesUnchangedAfter } = told;
  const id = `watch-${stream}`;
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">Watch #${stream}: ${foreign(client === '' ? 'a client without a name' : client)}</h2>
<p class="about">${foreign(resource)}, ${foreign(address)}, ${encoding}, ${ended === null ? markup`open for ${span(opened.ageSeconds)}` : markup`ended ${ago(ended)} (${ended.cause})`}</p>
<p>${withoutFields(meaning)}</p>
<dl class="told">
${lastDelivered !== null && markup`<div><dt>Last delivered</dt><dd>${ago(lastDelivered)}${!lastDelivered.onThisStream && ', before this watch began'} <span class="note">${meaningOfReason(lastDelivered.reason)}; its resourceVersion was ${foreign(lastDelivered.resourceVersion)}</span></dd></div>`}
${unchangedSince !== null && markup`<div><dt>${unchangedSince.verdict === 'swallowed' ? 'Swallowed since' : 'Would have been swallowed since'}</dt><dd>${count(unchangedSince.events)} <span class="note">events that changed nothing the preset compares, the last ${ago(unchangedSince.last)}</span></dd></div>`}
${passesUnchangedAfter !== null && markup`<div><dt>Passes unchanged after</dt><dd><time datetime="${passesUnchangedAfter}">${passesUnchangedAfter.slice(11, 19)}</time> <span class="note">UTC, with its next event (--max-suppression)</span></dd></div>`}
</dl>
${decisions(told)}</section>`;
}

function decisions({ stream, decisions: all, olderDecisionsForgotten }: ExplainedWatch): Html {
  if (all.length === 0)
    return markup`<p class="none">No event of it was forwarded on this watch${olderDecisionsForgotten && ', as far as is remembered'}.</p>`;
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="Events forwarded on watch ${stream}">
<table class="stacked"><caption class="hidden">Its forwarded events, newest first</caption>
<thead><tr><th scope="col">When</th><th scope="col">Event</th><th scope="col">Why it was forwarded and what changed</th></tr></thead>
<tbody>${all.map(row)}</tbody></table></div>`;
}

function row(decision: Decision): Html {
  const { type, reason, resourceVersion, paths, morePaths = 0 } = decision;
  return markup`<tr><td class="when">${ago(decision)}</td>
<th scope="row">${foreign(type)}<span class="sub">at ${foreign(resourceVersion)}</span></th>
<td>${meaningOfReason(reason)}${paths === null ? markup`<span class="sub">the changed parts are no longer known</span>` : paths !== undefined && parts(paths, morePaths)}</td></tr>`;
}

function ago({ at, ageSeconds }: { readonly at: string; readonly ageSeconds: number }): Html {
  return markup`<time datetime="${at}">${ageSeconds < 1 ? 'just now' : `${span(ageSeconds)} ago`}</time>`;
}

/** Removes references to fields of the JSON. */
function withoutFields(meaning: string): string {
  return meaning.replaceAll(/ \(see [^()]*\)/g, '');
}
