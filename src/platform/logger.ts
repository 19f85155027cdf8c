/**
 * The logger of the process (R30): one JSON object per line, or readable lines on a terminal. Decides the form of a
 * line and what must never be in it (R26). Import lazily: pino is not needed for `--help`.
 */
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { bounded, boundedText } from './text/bounded.ts';
import { codeOf } from './text/failure.ts';
import { printableLines } from './text/printable.ts';
import { version } from './version.ts';

/** Messages are constants, values are fields. */
export type Logger = PinoLogger;

/** The options of the log; see the settings log-level and log-format. */
export interface LoggerOptions {
  readonly level: string;
  readonly format: 'auto' | 'json' | 'pretty';
  /**
   * The destination. It must take lines synchronously, or the last ones are lost at exit. `auto` depends on whether it
   * is a terminal.
   */
  readonly output: { readonly isTTY?: boolean; write(line: string): unknown };
}

const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'token',
  'password',
  'body',
];

/** A second line of defence: headers and bodies must not be logged in the first place. */
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]);

/** Makes the logger. pino-pretty is loaded only if it is needed. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const isPretty =
    options.format === 'pretty' || (options.format === 'auto' && options.output.isTTY === true);
  return pino(
    {
      level: options.level,
      base: { version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, bounded(value)])),
      },
      serializers: { err: describeError },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    isPretty ? await prettyStream(options) : plainStream(options),
  );
}

/** JSON escapes only characters that would end a string or a line. Others can mislead terminals and people too. */
function plainStream({ output }: LoggerOptions): DestinationStream {
  return { write: (line: string) => void output.write(printableLines(line)) };
}

async function prettyStream({ output }: LoggerOptions): Promise<DestinationStream> {
  // pino-pretty is CommonJS, and a bundle exposes a module that is loaded late only by its default export.
  const { default: pretty } = await import('pino-pretty');
  const format = pretty.prettyFactory({
    colorize: output.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'version',
  });
  // Escaping comes before colours are added, because pino-pretty would print characters that JSON had escaped.
  const parse = (line: string): unknown =>
    JSON.parse(line, (_key, value: unknown) => (typeof value === 'string' ? printableLines(value) : value));
  return { write: (line: string) => void output.write(format(parse(line))) };
}

/** Characters. A stack begins with the error's message and has a few dozen lines. */
const MAX_STACK = 8 * 1024;

interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: ErrorDescription | undefined;
}

/**
 * Lists the fields to log. Errors of HTTP libraries have requests and responses as properties, with headers and bodies.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: boundedText(String(error)) };
  return {
    type: error.name,
    message: boundedText(error.message),
    code: codeOf(error),
    stack: error.stack === undefined ? undefined : boundedText(error.stack, MAX_STACK),
    cause: error.cause instanceof Error ? describeError(error.cause) : undefined,
  };
}
