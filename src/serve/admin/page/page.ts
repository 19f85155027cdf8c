/**
 * The status page: one document with its style and script inside, that asks nobody else for anything. Pure: a status
 * goes in, text comes out. Readable without the script, which only keeps it current.
 */
import { createHash } from 'node:crypto';
import { type Status } from '../status.ts';
import { chart } from './chart.ts';
import { count } from './figures.ts';
import { type Content, foreign, Html, markup } from './html.ts';
import { changes, noisiest } from './objects.ts';
import { reasons } from './reasons.ts';
import { SCRIPT } from './script.ts';
import { checks, settings } from './settings.ts';
import { streams } from './streams.ts';
import { STYLE } from './style.ts';
import { facts, summary } from './summary.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but this very style and script, and questions to the listener itself. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Nine holes, the middle one full: what passes. Also the page's icon. */
const MARK =
  '<path fill="currentColor" d="M4 4h6v6H4zM13 4h6v6h-6zM22 4h6v6h-6zM4 13h6v6H4zM22 13h6v6h-6zM4 22h6v6H4zM13 22h6v6h-6zM22 22h6v6h-6z" opacity=".28"/><path fill="currentColor" d="M13 13h6v6h-6z"/>';
const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" color="#1f5fd6">${MARK}</svg>`,
)}`;

export function renderPage(status: Status): string {
  const { version, noisiest: found } = status;
  return markup`<!doctype html>
<html lang="en" data-version="${version}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>watchsieve</title>
<link rel="icon" href="${ICON}">
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the figures</a>
<header>
<h1><svg viewBox="0 0 32 32" aria-hidden="true">${new Html(MARK)}</svg>watchsieve <small>${foreign(version)}</small></h1>
<p class="live"><span id="live-state" role="status"></span><button type="button" id="pause" hidden>Pause</button>
<noscript>As of ${status.time.slice(0, 19)}Z. <a href="/">Look again</a></noscript></p>
${facts(status)}
</header>
<main id="main" tabindex="-1">
${card({ id: 'saved', title: 'Saved since the start', body: summary(status), isTitleHidden: true })}
${card({ id: 'pace', title: 'Events per second', body: chart(status) })}
${card({ id: 'streams', title: 'Open watches', body: streams(status) })}
<div class="column half">
${card({ id: 'reasons', title: 'Why events were forwarded', about: 'All watches, since the start', body: reasons(status) })}
<section aria-labelledby="explain-title"><h2 id="explain-title">Why did a client not see it?</h2>
<form action="/debug/explain"><label for="object">What is known of one Node: when it was delivered, why, and what was swallowed since</label>
<input id="object" name="object" required autocomplete="off" spellcheck="false"><button>Explain</button></form></section>
</div>
${card({ id: 'noisiest', title: 'Noisiest Nodes', about: found !== null && `As watch #${found.stream} saw them, of ${count(found.of)} Nodes`, body: noisiest(status), isHalf: true })}
${card({ id: 'changes', title: 'Last real changes', about: 'What clients were told of, and in which parts; never values', body: changes(status) })}
${card({ id: 'health', title: 'Health', body: checks(status), isHalf: true })}
${card({ id: 'settings', title: 'Settings', body: settings(status), isHalf: true })}
</main>
<footer><nav aria-label="For machines"><ul>
${['/metrics', '/readyz?verbose', '/debug/status', '/debug/streams', '/debug/config'].map((path) => markup`<li><a href="${path}">${path}</a></li>`)}
</ul></nav></footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.text;
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
