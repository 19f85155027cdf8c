/** `watchsieve analyze`: flags → cluster → progress → report → exit code. */
import { analyze } from '../install/analyze/analyze.ts';
import { parseAnalyzeOptions, type AnalyzeOptions } from '../install/analyze/options.ts';
import { renderHtml } from '../install/analyze/render-html.ts';
import { renderText } from '../install/analyze/render-text.ts';
import type { Report } from '../install/analyze/report.ts';
import { printableLines } from '../platform/text/printable.ts';
import { version } from '../platform/version.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { openCluster } from './open-cluster.ts';
import { onStopRequest } from './signals.ts';
import { WatchProgress } from './watch-progress.ts';
import { concluded } from './endings.ts';

export async function runAnalyze(argv: readonly string[], io: Io): Promise<number> {
  const act = async (options: AnalyzeOptions) => {
    io.stdout.write(render(options, await report(options, io)));
    return EXIT.fine;
  };
  return concluded(io, 'analyze', parseAnalyzeOptions(argv), act, 'watchsieve analyze');
}

async function report(options: AnalyzeOptions, io: Io): Promise<Report> {
  const cluster = await openCluster('analyze', options, io);
  const stop = onStopRequest(io);
  const progress = new WatchProgress(io.drawing, options.durationMs);
  try {
    return await analyze(options, {
      cluster,
      signal: stop.signal,
      now: () => performance.now(),
      wallNow: () => new Date(),
      madeBy: `watchsieve ${version}`,
      onRunning: (running) => progress.show(running),
    });
  } finally {
    progress.end();
    stop.forget();
    await cluster.close();
  }
}

function render({ output }: AnalyzeOptions, made: Report): string {
  switch (output) {
    case 'text':
      return renderText(made);
    case 'json':
      return `${printableLines(JSON.stringify(made, undefined, 2))}\n`;
    case 'html':
      return renderHtml(made);
  }
}
