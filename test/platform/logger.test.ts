import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type Logger, type LoggerOptions } from '../../src/platform/logger.ts';
import { version } from '../../src/platform/version.ts';

const SECRET = 'eyJhbGciOi-planted';

interface Given extends Partial<Pick<LoggerOptions, 'level' | 'format'>> {
  readonly isTTY?: boolean;
}

async function logged({ isTTY = false, ...options }: Given, write: (log: Logger) => void): Promise<string> {
  let text = '';
  const output = { isTTY, write: (line: string) => void (text += line) };
  write(
    await createLogger({
      level: 'info',
      format: 'json',
      output,
      ...options,
    }),
  );
  return text;
}

test('a line is one JSON object with level, ISO time, version and message (R30)', async () => {
  const text = await logged({}, (log) => log.info({ events: 3 }, 'stream ended'));
  const line: unknown = JSON.parse(text);
  assert.ok(typeof line === 'object' && line !== null && 'time' in line);
  const { time, ...rest } = line;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, { level: 'info', version, events: 3, msg: 'stream ended' });
  assert.ok(text.endsWith('}\n'));
});

test('auto is pretty on a terminal alone; json and pretty are what they say, whatever the terminal (R30)', async () => {
  const say = (log: Logger) => log.warn('hello');
  assert.match(await logged({ format: 'auto', isTTY: false }, say), /^\{/);
  assert.match(await logged({ format: 'auto', isTTY: true }, say), /WARN.*hello/);
  assert.match(await logged({ format: 'json', isTTY: true }, say), /^\{/);
  assert.match(await logged({ format: 'pretty', isTTY: false }, say), /^\[[\d:.]+\] WARN: hello\n$/);
});

test('nothing below the level is written, and silent writes nothing', async () => {
  assert.equal(await logged({ level: 'warn' }, (log) => log.info('quiet')), '');
  assert.equal(await logged({ level: 'silent' }, (log) => log.fatal('quiet')), '');
});

test('planted secrets appear in no line, in either format (R26)', async () => {
  const headers = { authorization: SECRET, cookie: SECRET, 'set-cookie': SECRET };
  const error = Object.assign(new Error('refused'), {
    headers,
    request: { headers },
    body: SECRET,
    code: 'ECONNREFUSED',
  });
  for (const format of ['json', 'pretty'] as const) {
    const text = await logged({ format, level: 'trace' }, (log) => {
      log.info(headers, 'flat');
      log.info({ headers }, 'nested');
      log.info({ request: { headers, body: SECRET, token: SECRET } }, 'deep');
      log.child({ token: SECRET, Authorization: SECRET }).info('child');
      log.error({ err: error }, 'failed');
      log.error(error);
      log.error({ err: new Error('outer', { cause: error }) }, 'failed');
    });
    assert.ok(!text.includes(SECRET), text);
    assert.match(text, /refused/);
    assert.match(text, /ECONNREFUSED/);
  }
});

/** A control sequence of one byte (C1), one that turns text around, one that hides it, and what ends a line for some. */
const FOREIGN = [
  '\u009b31m',
  '\u202eevil',
  '\u2066',
  '\u200b',
  '\u{e0041}',
  '\u2028',
  '\u0085',
  '\u007f',
  '\u001b[2J',
];
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test('no text of others reaches a line as what terminals obey, or as what is not seen (R26)', async () => {
  for (const text of FOREIGN) {
    const line = await logged({}, (log) => log.info({ client: text, err: new Error(text) }, 'stream ended'));
    assert.doesNotMatch(line.slice(0, -1), UNPRINTABLE, JSON.stringify(text));
    const parsed: unknown = JSON.parse(line);
    assert.ok(typeof parsed === 'object' && parsed !== null && 'client' in parsed);
    assert.equal(parsed.client, text, 'who reads the JSON gets what it was');
    const pretty = await logged({ format: 'pretty' }, (log) =>
      log.info({ client: text, err: new Error(text) }, 'x'),
    );
    assert.doesNotMatch(pretty.replaceAll(/[\n\t]/g, ''), UNPRINTABLE, JSON.stringify(text));
  }
});

test('colours on a terminal are those of the format alone', async () => {
  const line = await logged({ format: 'pretty', isTTY: true }, (log) =>
    log.info({ a: '\u001b[31mred' }, 'x'),
  );
  assert.match(line, /\u001b\[/);
  assert.ok(!line.includes('\u001b[31mred'));
});

test('no line grows with what others wrote, and none can be made to look like two (R27)', async () => {
  const long = `begin\n{"level":"info","msg":"forged"}\n${'x'.repeat(3 * 1024 * 1024)}`;
  for (const format of ['json', 'pretty'] as const) {
    const text = await logged({ format }, (log) => {
      log.info({ object: long, problems: Array<string>(1000).fill(long), nested: { [long]: { long } } }, 'a');
    });
    assert.ok(text.length < 300_000, `${text.length} characters`);
    assert.match(text, /3145\d{3} characters/);
    assert.match(text, /1000 items/);
    assert.doesNotMatch(text, /^\{"level":"info","msg":"forged"/m);
    const failed = await logged({ format }, (log) => {
      log.error({ err: new Error(long, { cause: new Error(long) }) }, 'b');
    });
    assert.ok(failed.length < 100_000, `${failed.length} characters`);
  }
});
