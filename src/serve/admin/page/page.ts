/**
 * The status page. Pure: a status in, text out. The page is readable without its script, which only keeps it current.
 */
import type { Status } from '../status.ts';
import { chart } from './chart.ts';
import { count } from '../../../platform/text/figures.ts';
import { question } from './explained.ts';
import { hub } from './hub.ts';
import { type Content, Html, markup } from '../../../platform/text/html.ts';
import { changes, noisiest } from './objects.ts';
import { reasons } from './reasons.ts';
import { SCRIPT } from './script.ts';
import { checks, settings } from './settings.ts';
import { heading, shell } from './shell.ts';
import { streams } from './streams.ts';
import { facts, summary } from './summary.ts';

export function renderPage(status: Status): string {
  const { version, noisiest: found } = status;
  const ofHub = hub(status);
  const body = markup`<a class="skip" href="#main">To the figures</a>
<header>
${heading(version)}
<p class="live"><span id="live-state" role="status"></span><button type="button" id="pause" hidden>Pause</button>
<noscript>As of ${status.time.slice(0, 19)}Z. <a href="/">Look again</a></noscript></p>
${facts(status)}
</header>
<main id="main" tabindex="-1">
${card({ id: 'saved', title: 'Saved since the start', body: summary(status), isTitleHidden: true })}
${ofHub && card({ id: 'hub', title: status.hub === null ? 'Hub' : 'Shared from memory', about: status.hub !== null && 'One watch of the API server for all readers', body: ofHub })}
${card({ id: 'pace', title: 'Events per second', body: chart(status) })}
${card({ id: 'streams', title: 'Open watches', body: streams(status) })}
<div class="column half">
${card({ id: 'reasons', title: 'Why events were forwarded', about: 'All watches, since the start', body: reasons(status) })}
<section aria-labelledby="explain-title"><h2 id="explain-title">Why did a client not see it?</h2>
${question()}</section>
</div>
${card({ id: 'noisiest', title: 'Noisiest objects', about: found !== null && `As watch #${found.stream} saw them, of ${count(found.of)} ${found.resource}`, body: noisiest(status), isHalf: true })}
${card({ id: 'changes', title: 'Last real changes', about: 'Changes that clients got: the changed parts, never values', body: changes(status) })}
${card({ id: 'health', title: 'Health', body: checks(status), isHalf: true })}
${card({ id: 'settings', title: 'Settings', body: settings(status), isHalf: true })}
</main>
<footer><nav aria-label="For machines"><ul>
${['/metrics', '/readyz?verbose', '/debug/status', '/debug/streams', '/debug/hub', '/debug/config'].map((path) => markup`<li><a href="${path}">${path}</a></li>`)}
</ul></nav></footer>
<script>${new Html(SCRIPT)}</script>`;
  return shell({ title: 'watchsieve', version, body });
}

interface Card {
  readonly id: string;
  readonly title: string;
  readonly about?: Content;
  readonly body: Html;
  readonly isHalf?: boolean;
  readonly isTitleHidden?: boolean;
}

function card({ id, title, about, body, isHalf, isTitleHidden }: Card): Html {
  return markup`<section id="${id}" class="${isHalf === true && 'half'}" aria-labelledby="${id}-title" data-live>
<h2 id="${id}-title" class="${isTitleHidden === true && 'hidden'}">${title}</h2>
${about !== undefined && about !== false && markup`<p class="about">${about}</p>`}
${body}
</section>`;
}
