/**
 * The process's logger (R30): one JSON object per line, or readable lines on a terminal. Owns the form
 * of a line and what must never be in one (R26). Import lazily: pino is not needed for `--help`.
 */
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { bounded, boundedText } from './text/bounded.ts';
import { printableLines } from './text/printable.ts';

/** Messages are constants, values are fields. */
export type Logger = PinoLogger;

/** How to log; see the settings log-level and log-format. */
export interface LoggerOptions {
  readonly level: string;
  readonly format: 'auto' | 'json' | 'pretty';
  readonly version: string;
  /** Where lines go; must take them synchronously, or the last ones are lost at exit. A terminal decides what `auto` means. */
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

/** A net below the rule that no one logs headers or bodies in the first place. */
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]);

/** Makes the logger. pino-pretty is loaded only where its output is wanted. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const isPretty =
    options.format === 'pretty' || (options.format === 'auto' && options.output.isTTY === true);
  return pino(
    {
      level: options.level,
      base: { version: options.version },
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

/** JSON escapes only what would end a string or a line: terminals, and people, are misled by more. */
function plainStream({ output }: LoggerOptions): DestinationStream {
  return { write: (line: string) => void output.write(printableLines(line)) };
}

async function prettyStream({ output }: LoggerOptions): Promise<DestinationStream> {
  // By its default: it is CommonJS, and a bundle knows no other name of what is loaded late.
  const { default: pretty } = await import('pino-pretty');
  const format = pretty.prettyFactory({
    colorize: output.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'version',
  });
  // Before colours are added. What JSON had escaped would come out of it as it was.
  const parse = (line: string): unknown =>
    JSON.parse(line, (_key, value: unknown) => (typeof value === 'string' ? printableLines(value) : value));
  return { write: (line: string) => void output.write(format(parse(line))) };
}

/** Characters: a stack begins with the error's message, and has some dozen lines. */
const MAX_STACK = 8 * 1024;

/** What a log line says of an error. */
interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
  readonly cause: ErrorDescription | undefined;
}

/**
 * Names the fields to log: errors of HTTP libraries carry requests and responses, headers and bodies
 * included, as properties of their own.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) {
    return {
      type: typeof error,
      message: boundedText(String(error)),
      code: undefined,
      stack: undefined,
      cause: undefined,
    };
  }
  return {
    type: error.name,
    message: boundedText(error.message),
    code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
    stack: error.stack === undefined ? undefined : boundedText(error.stack, MAX_STACK),
    cause: error.cause instanceof Error ? describeError(error.cause) : undefined,
  };
}
