/** What happens to single Nodes: which are written most, and what clients were told of last. */
import { type RealChange, type Status } from '../status.ts';
import { count, pace, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

export function noisiest({ noisiest: found }: Status): Html {
  if (found === null || found.objects.length === 0)
    return markup`<p class="none">Nothing was written to any Node since a watch opened.</p>`;
  return markup`<table>
    <caption class="hidden">
      Nodes with the most events a minute, of ${count(found.of)} on watch ${found.stream}
    </caption>
    <thead>
      <tr>
        <th scope="col">Node</th>
        <th scope="col" class="n">Unchanged <span class="unit">/min</span></th>
        <th scope="col" class="n">Forwarded <span class="unit">/min</span></th>
      </tr>
    </thead>
    <tbody>
      ${found.objects.map(
        (one) =>
          markup`<tr>
            <th scope="row">${nodeLink(one.object)}</th>
            <td class="n">${pace(one.unchangedPerMinute)}</td>
            <td class="n">${pace(one.forwardedPerMinute)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function changes({ changes: told }: Status): Html {
  if (told.length === 0)
    return markup`<p class="none">No Node has been added, deleted or changed since the open watches began.</p>`;
  return markup`<div class="scroll" tabindex="0" role="group" aria-labelledby="changes-title">
    <table>
      <caption class="hidden">The last changes that clients were told of, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Node</th>
          <th scope="col">What</th>
          <th scope="col">Watches</th>
        </tr>
      </thead>
      <tbody>
        ${told.map(
          (change) =>
            markup`<tr>
              <td class="when"><time datetime="${change.at}">${change.ageSeconds < 1 ? 'just now' : `${span(change.ageSeconds)} ago`}</time></td>
              <th scope="row">${nodeLink(change.object)}</th>
              <td>${what(change)}</td>
              <td class="muted">${change.streams.map((stream) => `#${stream}`).join(' ')}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function what({ type, paths, morePaths }: RealChange): Html {
  if (type === 'ADDED') return markup`added`;
  if (type === 'DELETED') return markup`deleted`;
  if (paths === null) return markup`changed, where is not known any more`;
  return parts(paths, morePaths);
}

/** The parts of an object that differ, each on a line. */
export function parts(
  paths: readonly { readonly path: string; readonly change: string }[],
  morePaths: number,
): Html {
  return markup`${paths.map(
    ({ path, change }) =>
      markup`<span class="path"><code>${foreign(path)}</code> <span class="muted">${change}</span></span> `,
  )}${morePaths > 0 && `and ${count(morePaths)} more`}`;
}

function nodeLink(name: string): Html {
  return markup`<a href="/explain?object=${encodeURIComponent(name)}">${foreign(name)}</a>`;
}
