/** Why what was forwarded was forwarded, by how often. */
import { column, table } from './table.ts';
import { type Status } from '../status.ts';
import { count } from '../../../platform/text/figures.ts';
import { type Html, markup } from '../../../platform/text/html.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  added: 'a new object',
  deleted: 'an object is gone',
  bookmark: 'how far the watch is',
  error: 'upstream ended the watch by an error',
  list: 'it was in the answer to a LIST',
  initial: 'what there was when the watch began',
  first_seen: 'not known whether the client holds it',
  changed: 'something the preset compares has changed',
  max_age: 'unchanged, but last delivered long ago',
  mismatch: 'a consistency check failed on its watch',
  undecodable: 'could not be read',
  foreign_kind: 'not what is watched, or in another form',
  unknown_type: 'a type of event nobody knows',
  oversize: 'larger than is looked at',
  verbatim: 'passed on unread from here on',
  unchanged: 'would have been swallowed',
};

/** In words; of one that has none, its name. */
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
    caption: 'Forwarded events by reason, the most frequent first',
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
