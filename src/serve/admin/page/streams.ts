/** The open watches: their clients, and how each is served. */
import { column, figures, table } from './table.ts';
import type { Status, StreamStatus } from '../status.ts';
import { bytes, count, share, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

const FIGURES = ['Open for', 'Received', 'Forwarded', 'Swallowed', 'Behind by', 'Queued'];
const COLUMNS = [figures('#'), column('Client'), column('Watches'), ...FIGURES.map(figures)];

export function streams({ streams: open, moreStreams, hub }: Status): Html {
  if (open.length === 0 && hub !== null)
    return markup`<p class="none">No client has a watch that passes through this hub now: readers of what it shares are counted above.</p>`;
  if (open.length === 0)
    return markup`<p class="none">No client has a watch that is sieved through this sidecar now. Where one should, see whether its
      <code>KUBECONFIG</code> names the sidecar's kubeconfig.</p>`;
  return markup`<div class="scroll" tabindex="0" role="group" aria-labelledby="streams-title">
      ${table({ caption: 'Open watches, oldest first', columns: COLUMNS, rows: open.map(row) })}
    </div>
    ${moreStreams > 0 && markup`<p class="none">And ${count(moreStreams)} more.</p>`}`;
}

function row(stream: StreamStatus): Html {
  const { client, address, ageSeconds, received, forwarded, swallowed, wouldSwallow, lagSeconds } = stream;
  const { name, rest } = splitClient(client);
  return markup`<tr>
    <td class="n muted">${stream.stream}</td>
    <th scope="row">${foreign(name)}<span class="sub">${foreign(rest === '' ? address : `${rest}, ${address}`)}</span></th>
    <td>
      ${foreign(watched(stream))}<span class="sub">${stream.encoding}${stream.verbatim && markup` <em>passed on unread</em>`}${
        stream.mismatch && markup` <em>mistrusted: forwards everything</em>`
      }</span>
    </td>
    <td class="n">${span(ageSeconds)}</td>
    <td class="n">${count(received)}<span class="sub">${bytes(stream.bytesReceived)}</span></td>
    <td class="n">${count(forwarded + wouldSwallow)}<span class="sub">${bytes(stream.bytesForwarded)}</span></td>
    <td class="n">${count(swallowed)}<span class="sub">${share(swallowed, received)}</span></td>
    <td class="n">${span(lagSeconds)}</td>
    <td class="n">${bytes(stream.queuedBytes)}</td>
  </tr>`;
}

/** `speaker/v0.14.5 (linux/amd64) ...` is identified by its first word. */
function splitClient(client: string): { name: string; rest: string } {
  const words = client.trim().split(/\s+/);
  return { name: words[0] === '' ? 'without a name' : (words[0] ?? ''), rest: words.slice(1).join(' ') };
}

function watched({ resource, namespace, object, labelSelector, fieldSelector }: StreamStatus): string {
  return [
    object === '' ? resource : `${resource}/${object}`,
    namespace === '' || object !== '' ? '' : `in ${namespace}`,
    labelSelector === '' ? '' : `where ${labelSelector}`,
    fieldSelector === '' ? '' : `where ${fieldSelector}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
