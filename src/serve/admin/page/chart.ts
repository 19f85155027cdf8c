/**
 * The event rates of the last minutes as stacked areas: forwarded events below, swallowed ones on top, so that the
 * upper edge shows all received events. The figures are also in words and in a table.
 */
import { column, figures, table } from './table.ts';
import type { EventCounts, RatePoint, Status } from '../status.ts';
import { count, pace, span } from '../../../platform/text/figures.ts';
import { type Html, markup } from '../../../platform/text/html.ts';

/** The size of the drawing, which the page stretches. */
const [WIDTH, HEIGHT] = [720, 200];
/** Ends of the scale that are easy to read, like their halves. */
const STEPS = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10] as const;
const ROWS = 6;
const FIGURES = ['Received', 'Swallowed', 'Would be swallowed', 'Forwarded'];

export function chart({ history, historySeconds, rates, mode }: Status): Html {
  const top = scaleTop(Math.max(0, ...history.map(({ received }) => received)));
  const label =
    history.length === 0
      ? 'Events per second: nothing was measured yet.'
      : `Events per second over the last ${span(history[0]?.secondsAgo ?? 0)}: ` +
        `${pace(rates.received)} received, ${pace(rates.forwarded + rates.wouldSwallow)} forwarded, ` +
        `${pace(rates.swallowed)} swallowed just now; at most ${pace(Math.max(0, ...history.map(({ received }) => received)))} received.`;
  return markup`<figure class="chart">
      ${legend(rates, mode)}
      <div class="plot">
        <div class="y" aria-hidden="true"><span>${tick(top)}</span><span>${tick(top / 2)}</span><span>0</span></div>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
          <path class="grid" d="M0 0.5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}" />
          ${areas(history, historySeconds, top)}
        </svg>
        <div class="x" aria-hidden="true">
          <span>${span(historySeconds)} ago</span><span>${span(historySeconds / 2)} ago</span><span>now</span>
        </div>
      </div>
    </figure>
    ${asTable(history)}`;
}

function legend(rates: EventCounts, mode: string): Html {
  const entry = (name: string, of: string, value: number): Html =>
    markup`<div class="${name}"><dt>${of}</dt><dd>${pace(value)}<span class="unit"> /s</span></dd></div>`;
  return markup`<dl class="pace">
    ${entry('received', 'Received', rates.received)} ${entry('swallowed', 'Swallowed', rates.swallowed)}
    ${
      (mode === 'observe' || rates.wouldSwallow > 0) &&
      entry('would', 'Would be swallowed', rates.wouldSwallow)
    }
    ${entry('forwarded', 'Forwarded', rates.forwarded)}
  </dl>`;
}

function areas(history: readonly RatePoint[], seconds: number, top: number): Html | undefined {
  // On a busy machine samples are late, and the rest of the axis has no points.
  const shown = history.filter(({ secondsAgo }) => secondsAgo <= seconds);
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  const x = ({ secondsAgo }: RatePoint): string => (WIDTH * (1 - secondsAgo / seconds)).toFixed(1);
  const line = (value: (point: RatePoint) => number): string =>
    shown
      .map((point) => `${x(point)} ${(HEIGHT * (1 - Math.max(0, value(point)) / top)).toFixed(1)}`)
      .join('L');
  const area = (name: string, value: (point: RatePoint) => number): Html => {
    const edge = line(value);
    return markup`<path class="area ${name}" d="M${x(first)} ${HEIGHT}L${edge}L${x(last)} ${HEIGHT}Z" /><path
        class="edge ${name}"
        d="M${edge}"
      />`;
  };
  const hasWould = shown.some(({ wouldSwallow }) => wouldSwallow > 0);
  return markup`${area('swallowed', ({ received }) => received)}
  ${hasWould && area('would', ({ forwarded, wouldSwallow }) => forwarded + wouldSwallow)}
  ${area('forwarded', ({ forwarded }) => forwarded)}`;
}

/** A few moments of the chart as a table, for readers who cannot see it. */
function asTable(history: readonly RatePoint[]): Html {
  const step = Math.max(1, Math.floor(history.length / ROWS));
  const rows = history.filter((_, i) => (history.length - 1 - i) % step === 0).slice(-ROWS - 1);
  return markup`<details>
    <summary>The chart as a table</summary>
    ${table({
      caption: 'Events per second, newest last',
      columns: [column('When'), ...FIGURES.map(figures)],
      rows: rows.map(
        (point) =>
          markup`<tr>
              <th scope="row">${point.secondsAgo < 1 ? 'now' : `${span(point.secondsAgo)} ago`}</th>
              <td class="n">${pace(point.received)}</td>
              <td class="n">${pace(point.swallowed)}</td>
              <td class="n">${pace(point.wouldSwallow)}</td>
              <td class="n">${pace(point.forwarded)}</td>
            </tr>`,
      ),
    })}
  </details>`;
}

/** The end of the scale: 2 or more, above the highest value. */
export function scaleTop(highest: number): number {
  if (highest <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = STEPS.find((one) => one * power >= highest) ?? 10;
  // Without rounding, 1.2 times a power of ten may show inexact digits.
  return Math.round(step * power * 10) / 10;
}

function tick(value: number): string {
  return Number.isInteger(value) ? count(value) : pace(value);
}
