/** Single objects: those with the most writes, and the last changes that clients received. */
import { column, figures, table } from './table.ts';
import type { RealChange, Status } from '../status.ts';
import { count, pace, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

export function noisiest({ noisiest: found }: Status): Html {
  if (found === null || found.objects.length === 0)
    return markup`<p class="none">Nothing was written to any object since a watch opened.</p>`;
  const perMinute = (what: string): Html => figures(markup`${what} <span class="unit">/min</span>`);
  return table({
    caption: `Objects with the most events a minute, of ${count(found.of)} on watch ${found.stream}`,
    columns: [column('Object'), perMinute('Unchanged'), perMinute('Forwarded')],
    rows: found.objects.map(
      (one) =>
        markup`<tr>
          <th scope="row">${objectLink(found.resource, one.object)}</th>
          <td class="n">${pace(one.unchangedPerMinute)}</td>
          <td class="n">${pace(one.forwardedPerMinute)}</td>
        </tr>`,
    ),
  });
}

export function changes({ changes: told, sieved }: Status): Html {
  if (told.length === 0)
    return markup`<p class="none">No object has been added, deleted or changed since the open watches began.</p>`;
  return markup`<div class="scroll" tabindex="0" role="group" aria-labelledby="changes-title">
    ${table({
      caption: 'The last changes that clients got, newest first',
      columns: ['When', 'Object', 'What', 'Watches'].map(column),
      rows: told.map(
        (change) =>
          markup`<tr>
              <td class="when"><time datetime="${change.at}">${change.ageSeconds < 1 ? 'just now' : `${span(change.ageSeconds)} ago`}</time></td>
              <th scope="row">${objectLink(change.resource, change.object)}${sieved.length > 1 && markup`<span class="sub">${foreign(change.resource)}</span>`}</th>
              <td>${what(change)}</td>
              <td class="muted">${change.streams.map((stream) => `#${stream}`).join(' ')}</td>
            </tr>`,
      ),
    })}
  </div>`;
}

function what({ type, paths, morePaths }: RealChange): Html {
  if (type === 'ADDED') return markup`added`;
  if (type === 'DELETED') return markup`deleted`;
  if (paths === null) return markup`changed; the changed parts are no longer known`;
  return parts(paths, morePaths);
}

/** The changed parts of an object, one per line. */
export function parts(
  paths: readonly { readonly path: string; readonly change: string }[],
  morePaths: number,
): Html {
  return markup`${paths.map(
    ({ path, change }) =>
      markup`<span class="path"><code>${foreign(path)}</code> <span class="muted">${change}</span></span> `,
  )}${morePaths > 0 && `and ${count(morePaths)} more`}`;
}

function objectLink(resource: string, name: string): Html {
  return markup`<a href="/explain?object=${encodeURIComponent(name)}&amp;resource=${encodeURIComponent(resource)}">${foreign(name)}</a>`;
}
