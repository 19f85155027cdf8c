/**
 * The style of the page: a column of cards, system fonts (Inter if installed), one accent colour. Text has a contrast
 * of at least 4.5 to its background, edges of the chart at least 3. Nothing moves.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8;
  --card: #ffffff;
  --line: #e2e5ea;
  --text: #14181f;
  --muted: #586273;
  --accent: #1f5fd6;
  --quiet: #d5dce8;
  --quiet-edge: #75839b;
  --would: #a9c4f5;
  --good: #0f6b3a;
  --good-ground: #e3f4ea;
  --warn: #7a4b00;
  --warn-ground: #fdf0d5;
  --bad: #a11b1b;
  --bad-ground: #fde7e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1116;
    --card: #161a21;
    --line: #272d37;
    --text: #e9edf3;
    --muted: #9aa5b5;
    --accent: #7fabff;
    --quiet: #2a3444;
    --quiet-edge: #75849c;
    --would: #3b5a92;
    --good: #7fdca4;
    --good-ground: #12301f;
    --warn: #f1c46b;
    --warn-ground: #352709;
    --bad: #ff9d9d;
    --bad-ground: #3c1717;
  }
}
[data-stale] main { filter: grayscale(1); opacity: 0.75; }
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); }
body {
  margin: 0 auto;
  max-width: 72rem;
  padding: 2.25rem 1.5rem 3rem;
  font: 0.9375rem/1.5 Inter, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
code { font: 0.875em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1, h2, h3, p, dl, dd, figure { margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--card); padding: 0.5rem 1rem; }
.skip:focus { top: 0.5rem; }

header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; margin-bottom: 1.5rem; }
header h1 { display: flex; align-items: center; gap: 0.625rem; font-size: 1.25rem; font-weight: 650; letter-spacing: -0.01em; }
header h1 svg { width: 1.75rem; height: 1.75rem; color: var(--accent); }
header h1 small { color: var(--muted); font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; }
.live { margin-left: auto; display: flex; align-items: center; gap: 0.75rem; color: var(--muted); font-size: 0.8125rem; }
button, input {
  font: inherit; color: var(--text); background: var(--card);
  border: 1px solid var(--quiet-edge); border-radius: 0.4375rem; padding: 0.25rem 0.75rem;
}
button { cursor: pointer; }
.facts { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: center; color: var(--muted); font-size: 0.875rem; }
.facts b { color: var(--text); font-weight: 550; }
.pill { display: inline-flex; align-items: center; gap: 0.4rem; border-radius: 1rem; padding: 0.0625rem 0.625rem; font-size: 0.8125rem; font-weight: 550; }
.pill::before { content: ""; width: 0.4375rem; height: 0.4375rem; border-radius: 50%; background: currentColor; }
.pill.good { color: var(--good); background: var(--good-ground); }
.pill.warn { color: var(--warn); background: var(--warn-ground); }
.pill.bad { color: var(--bad); background: var(--bad-ground); }

main { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: 1.25rem; }
section, .column { grid-column: span 12; }
.column { display: grid; gap: 1.25rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem; padding: 1.375rem 1.5rem; }
h2 { font-size: 0.9375rem; font-weight: 620; margin-bottom: 0.875rem; }
h3 { color: var(--muted); font-size: 0.8125rem; font-weight: 620; margin: 1.25rem 0 0.75rem; }
h2 + .about { color: var(--muted); font-size: 0.8125rem; margin: -0.75rem 0 0.875rem; }

.hero { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 1.5rem 2.5rem; align-items: center; }
.big strong { display: block; font-size: clamp(3rem, 8vw, 4.75rem); font-weight: 680; line-height: 1.05; letter-spacing: -0.035em; color: var(--accent); }
.big span { display: block; color: var(--muted); max-width: 36ch; margin-top: 0.375rem; }
.big b { color: var(--text); font-weight: 550; }
.tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem 2rem; }
.tiles div { border-left: 2px solid var(--line); padding-left: 1rem; }
.tiles dt { color: var(--muted); font-size: 0.8125rem; }
.tiles dd { font-size: 1.625rem; font-weight: 620; line-height: 1.25; letter-spacing: -0.015em; }
.note { display: block; color: var(--muted); font-size: 0.8125rem; font-weight: 400; line-height: 1.4; letter-spacing: 0; }

.pace { display: flex; flex-wrap: wrap; gap: 0.5rem 2.25rem; margin-bottom: 1rem; }
.pace dt { display: flex; align-items: center; gap: 0.5rem; color: var(--muted); font-size: 0.8125rem; }
.pace dt::before { content: ""; width: 0.75rem; height: 0.75rem; border-radius: 3px; }
.pace .received dt::before { border-radius: 0; height: 2px; background: var(--quiet-edge); }
.pace .swallowed dt::before { background: var(--quiet); border: 1px solid var(--quiet-edge); }
.pace .would dt::before { background: var(--would); border: 1px solid var(--accent); }
.pace .forwarded dt::before { background: var(--accent); }
.pace dd { font-size: 1.25rem; font-weight: 600; line-height: 1.35; }
.unit { color: var(--muted); font-size: 0.8125rem; font-weight: 400; }
.plot { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.375rem 0.75rem; }
.plot svg { width: 100%; height: 12.5rem; display: block; overflow: visible; }
.y, .x { display: flex; justify-content: space-between; color: var(--muted); font-size: 0.75rem; line-height: 1; }
.y { flex-direction: column; text-align: right; margin: -0.375rem 0; }
.x { grid-column: 2; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.edge { fill: none; stroke-width: 1.5; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.area.swallowed { fill: var(--quiet); }
.edge.swallowed { stroke: var(--quiet-edge); }
.area.would { fill: var(--would); }
.edge.would { stroke: var(--accent); stroke-width: 1; }
.area.forwarded { fill: var(--accent); }
.edge.forwarded { stroke: var(--accent); }
details { margin-top: 0.875rem; }
summary { cursor: pointer; color: var(--muted); font-size: 0.8125rem; width: max-content; max-width: 100%; }
details[open] summary { margin-bottom: 0.75rem; }

.scroll { overflow-x: auto; margin: 0 -0.5rem; padding: 0 0.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 1.25rem 0.5rem 0; font-weight: 400; border-top: 1px solid var(--line); }
tbody th { overflow-wrap: anywhere; }
thead th { color: var(--muted); font-size: 0.8125rem; white-space: nowrap; border-top: 0; padding-top: 0; vertical-align: bottom; }
thead.hidden + tbody tr:first-child > * { border-top: 0; padding-top: 0; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; white-space: nowrap; }
.sub { display: block; color: var(--muted); font-size: 0.8125rem; }
.sub em { color: var(--warn); font-style: normal; }
.muted, .none { color: var(--muted); }
.when { white-space: nowrap; color: var(--muted); }
.path { display: block; overflow-wrap: anywhere; }
.scroll tbody th { min-width: 12rem; }
.told { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; margin: 1rem 0; }
.told dt { color: var(--muted); font-size: 0.8125rem; }
.told dd { max-width: 40ch; font-weight: 550; }
.bar { display: block; width: 100%; height: 0.25rem; margin-top: 0.375rem; border-radius: 2px; background: var(--line); }
.bar rect { fill: var(--accent); }

form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
form + .about { color: var(--muted); font-size: 0.8125rem; margin-top: 0.75rem; }
form label { flex-basis: 100%; color: var(--muted); font-size: 0.8125rem; }
form input { flex: 1 1 12rem; min-width: 0; padding: 0.375rem 0.75rem; }
form button { padding: 0.375rem 1rem; }
footer { margin-top: 1.5rem; color: var(--muted); font-size: 0.8125rem; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
footer ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; margin: 0; padding: 0; }

@media (min-width: 56rem) {
  .half { grid-column: span 6; }
  .column { display: flex; flex-direction: column; gap: 1.25rem; }
  .column > section:first-child { flex: 1; }
}
@media (max-width: 56rem) {
  .hero { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 34rem) {
  body { padding: 1.25rem 0.875rem 2rem; }
  section { padding: 1.125rem 1rem; min-width: 0; overflow-x: auto; }
  .tiles { gap: 1rem; }
  .tiles dd { font-size: 1.25rem; }
  .live { margin-left: 0; flex-basis: 100%; justify-content: space-between; }
  tbody th { min-width: 5.5rem; }
  thead th { white-space: normal; }
  th, td { padding-right: 0.5rem; }
  .scroll table { width: max-content; min-width: 100%; }
  .scroll td { min-width: 5rem; max-width: 16rem; }
  .stacked, .stacked tbody, .stacked tr, .stacked td, .stacked th { display: block; }
  .stacked thead { display: none; }
  .stacked tr { border-top: 1px solid var(--line); padding: 0.625rem 0; }
  .scroll .stacked { width: 100%; }
  .scroll .stacked td, .scroll .stacked th { border: 0; padding: 0; min-width: 0; max-width: none; }
  .facts > span, .big b { overflow-wrap: anywhere; min-width: 0; }
  .facts > span { max-width: 100%; }
}
`;
