/** A table of the page, with a caption for whoever does not see it. */
import { type Content, type Html, markup } from '../../../platform/text/html.ts';

interface Table {
  readonly caption: Content;
  /** Each made by {@link column} or {@link figures}. */
  readonly columns: readonly Html[];
  /** Whether the columns are named only for whoever does not see them. */
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

/** A column of numbers. */
export function figures(name: Content): Html {
  return markup`<th scope="col" class="n">${name}</th>`;
}
