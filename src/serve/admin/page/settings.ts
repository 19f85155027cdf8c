/** Health and settings, for finding out why something is wrong. */
import { column, table } from './table.ts';
import type { Status } from '../status.ts';
import { settingValue } from './setting-value.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

export function checks({ checks: all }: Status): Html {
  return table({
    caption: 'Checks of health',
    columns: ['Check', 'Result'].map(column),
    isHeadHidden: true,
    rows: all.map(
      ({ name, ok, note }) =>
        markup`<tr>
            <th scope="row">${name}</th>
            <td><span class="pill ${ok ? 'good' : 'bad'}">${ok ? 'ok' : 'failed'}</span>${note !== undefined && markup` ${foreign(note)}`}</td>
          </tr>`,
    ),
  });
}

export function settings({ settings: all }: Status): Html {
  const set = all.filter(({ source }) => source !== 'default').length;
  return markup`<details>
    <summary>All ${all.length} settings, ${set} of them not by default</summary>
    <div class="scroll" tabindex="0" role="group" aria-label="Settings">
      ${table({
        caption: 'Settings as they are now',
        columns: ['Setting', 'Value', 'Set by'].map(column),
        rows: all.map(
          ({ setting, flag, value, source }) =>
            markup`<tr>
                <th scope="row"><code>--${flag}</code></th>
                <td>${foreign(settingValue(setting, value))}</td>
                <td class="${source === 'default' && 'muted'}">${foreign(source)}</td>
              </tr>`,
        ),
      })}
    </div>
  </details>`;
}
