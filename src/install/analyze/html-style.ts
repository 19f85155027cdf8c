/**
 * The style of the report: one column, system fonts, one accent colour, light or dark as the reader prefers. Text has a
 * contrast of at least 4.5 to its background, edges of the plots at least 3.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --line: #e2e5ea; --text: #14181f; --muted: #586273;
  --accent: #1f5fd6; --quiet: #d5dce8; --quiet-edge: #75839b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1116; --card: #161a21; --line: #272d37; --text: #e9edf3; --muted: #9aa5b5;
    --accent: #7fabff; --quiet: #2a3444; --quiet-edge: #75849c;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); }
body {
  margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 3rem;
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, dl, dd, figure, pre { margin: 0; }
h1 { font-size: 1.375rem; letter-spacing: -0.01em; }
h2 { font-size: 1.125rem; margin: 2rem 0 0.75rem; overflow-wrap: anywhere; }
h3 { font-size: 0.9375rem; margin: 1.5rem 0 0.5rem; }
p, footer, figcaption { color: var(--muted); max-width: 70ch; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 1.25rem; }
.big { font-size: clamp(2.5rem, 10vw, 4rem); font-weight: 680; line-height: 1.1; letter-spacing: -0.03em; color: var(--accent); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 0.75rem 1.5rem; margin-top: 1rem; }
dt { color: var(--muted); font-size: 0.8125rem; }
dd { font-size: 1.25rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { text-align: left; vertical-align: top; padding: 0.375rem 1rem 0.375rem 0; font-weight: 400; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { color: var(--muted); border-top: 0; }
.n { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.bar { display: block; width: 100%; height: 0.25rem; margin-top: 0.25rem; background: var(--line); border-radius: 2px; }
.bar rect { fill: var(--accent); }
code, pre { font: 0.875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem; overflow-x: auto; color: var(--text); margin-top: 0.5rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.plot { width: 100%; height: 10rem; display: block; }
.plot .all { fill: var(--accent); }
.plot .idle { fill: var(--quiet); stroke: var(--quiet-edge); stroke-width: 1; vector-effect: non-scaling-stroke; }
.key { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 2px; background: var(--accent); }
.key.idle { background: var(--quiet); border: 1px solid var(--quiet-edge); }
footer { margin-top: 2rem; font-size: 0.8125rem; }
@media (max-width: 34rem) {
  body { padding: 1.25rem 0.75rem 2rem; }
  section { padding: 1rem 0.875rem; }
  th, td { padding-right: 0.5rem; }
  td, th { min-width: 4.5rem; }
}
`;
