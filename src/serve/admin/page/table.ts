/** A table of the page, with a caption for screen readers. */
import { type Content, type Html, markup } from '../../../platform/text/html.ts';

interface Table {
  readonly caption: Content;
  /** Each is made by {@link column} or {@link figures}. */
  readonly columns: readonly Html[];
  /** True if only screen readers get the names of the columns. */
  readonly isHeadHidden?: boolean;
  readonly rows: readonly Html[];
}

export function table({ caption, columns, isHeadHidden, rows }: Table): Html {
  return markup`<table>
    <caption class="hidden">${caption}</caption>
    <thead class="${isHeadHidden === true && 'hidden'}"><tr>${columns}</tr></thead>
    <tbody>${rows}</tbody>
  </table>`;
}

export function column(name: Content): Html {
  return markup`<th scope="col">${name}</th>`;
}

export function figures(name: Content): Html {
  return markup`<th scope="col" class="n">${name}</th>`;
}
