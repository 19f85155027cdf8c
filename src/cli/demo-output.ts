/** The output of the demo: redrawn in place on a terminal, line after line elsewhere. */
import { renderArrival, renderLine, renderScreen } from '../lab/demo/screen.ts';
import { type TextOutput, widthOf } from './io.ts';
import type { ChangeView, DemoView } from '../lab/demo/view.ts';

export interface DemoOutput {
  /** Milliseconds between two drawings. */
  readonly intervalMs: number;
  draw(view: DemoView): void;
  /** A change has arrived on both sides. */
  arrived(change: ChangeView): void;
  end(): void;
}

// xterm control sequences, which all current terminals support.
const ENTER = '\x1b[?1049h\x1b[?25l'; // other screen, no cursor
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Chooses the output by the type of stdout. @param heading - for an output that is not a terminal */
export function createDemoOutput(stdout: TextOutput, heading: string): DemoOutput {
  return stdout.isTTY === true ? createScreen(stdout) : createLines(stdout, heading);
}

function createScreen(stdout: TextOutput): DemoOutput {
  stdout.write(ENTER);
  return {
    intervalMs: 250,
    draw: (view) => {
      const columns = widthOf(stdout);
      const lines = renderScreen(view, columns).map((line) =>
        // After the last column, the cursor is still on the last character, which would be cleared.
        line !== '' && line.length % (columns ?? Infinity) === 0 ? line : line + CLEAR_LINE,
      );
      stdout.write(HOME + lines.join('\r\n') + CLEAR_BELOW);
    },
    arrived: () => undefined, // the next drawing shows it
    end: () => stdout.write(LEAVE),
  };
}

function createLines(stdout: TextOutput, heading: string): DemoOutput {
  stdout.write(`${heading}\n`);
  return {
    intervalMs: 1000,
    draw: (view) => stdout.write(`${renderLine(view)}\n`),
    arrived: (change) => stdout.write(`${renderArrival(change)}\n`),
    end: () => undefined,
  };
}
