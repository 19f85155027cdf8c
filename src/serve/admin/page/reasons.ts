/** The reasons for forwarding, by how often each occurred. */
import { column, table } from './table.ts';
import type { Status } from '../status.ts';
import { count } from '../../../platform/text/figures.ts';
import { type Html, markup } from '../../../platform/text/html.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  added: 'a new object',
  deleted: 'an object is gone',
  bookmark: 'the newest resourceVersion of the watch',
  error: 'upstream ended the watch with an error',
  list: 'it was in the answer to a LIST',
  initial: 'the state when the watch began',
  first_seen: 'the client may not hold it yet',
  changed: 'a part that the preset compares has changed',
  max_age: 'unchanged, but last delivered long ago',
  mismatch: 'a consistency check failed on its watch',
  undecodable: 'could not be read',
  foreign_kind: 'another kind, or another form of the object',
  unknown_type: 'an unknown type of event',
  oversize: 'too large to be read',
  verbatim: 'all later bytes pass unread',
  unchanged: 'would have been swallowed',
};

/** An explanation of the reason, or its name if there is none. */
export function meaningOfReason(reason: string): string {
  return MEANINGS[reason] ?? reason;
}

export function reasons({ verdicts }: Status): Html {
  const sums = new Map<string, number>();
  for (const { verdict, reason, events } of verdicts)
    if (verdict !== 'swallowed') sums.set(reason, (sums.get(reason) ?? 0) + events);
  if (sums.size === 0) return markup`<p class="none">Nothing was forwarded yet.</p>`;
  const rows = [...sums].sort(([, a], [, b]) => b - a);
  const most = rows[0]?.[1] ?? 1;
  return table({
    caption: 'Forwarded events by reason, most frequent first',
    columns: ['Reason', 'Events'].map(column),
    isHeadHidden: true,
    rows: rows.map(
      ([reason, events]) =>
        markup`<tr>
            <th scope="row">
              <code>${reason}</code><span class="sub">${MEANINGS[reason]}</span>
              <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect width="${((100 * events) / most).toFixed(2)}" height="4" />
              </svg>
            </th>
            <td class="n">${count(events)}</td>
          </tr>`,
    ),
  });
}
