/** The bundle of `serve`: one file with all that it needs, because each file adds to the start time (build.ts). */
import { startApp } from '../serve/app.ts';
import type { Io } from './io.ts';
import { serve } from './serve.ts';

export function runServe(argv: readonly string[], io: Io): Promise<number> {
  return serve(argv, io, startApp);
}
