/** The frame of every page: one document that contains its style and script, and loads nothing else. Pure. */
import { createHash } from 'node:crypto';
import { type Content, foreign, Html, markup } from '../../../platform/text/html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Allows only this style and script, and requests to the listener itself. */
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

/** Nine holes, of which the middle one is full: it stands for what passes. Also the icon of the page. */
const MARK =
  '<path fill="currentColor" d="M4 4h6v6H4zM13 4h6v6h-6zM22 4h6v6h-6zM4 13h6v6H4zM22 13h6v6h-6zM4 22h6v6H4zM13 22h6v6h-6zM22 22h6v6h-6z" opacity=".28"/><path fill="currentColor" d="M13 13h6v6h-6z"/>';
const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" color="#1f5fd6">${MARK}</svg>`,
)}`;

export function heading(version: string): Html {
  return markup`<h1><svg viewBox="0 0 32 32" aria-hidden="true">${new Html(MARK)}</svg>watchsieve <small>${foreign(version)}</small></h1>`;
}

export interface Shell {
  readonly title: string;
  readonly version: string;
  readonly body: Content;
}

export function shell({ title, version, body }: Shell): string {
  return markup`<!doctype html>
<html lang="en" data-version="${version}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${ICON}">
<style>${new Html(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
