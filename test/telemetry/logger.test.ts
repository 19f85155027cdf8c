import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type Logger, type LoggerOptions } from '../../src/telemetry/logger.ts';

const SECRET = 'eyJhbGciOi-planted';

async function logged(options: Partial<LoggerOptions>, write: (log: Logger) => void): Promise<string> {
  let text = '';
  const destination = { write: (line: string) => void (text += line) };
  write(
    await createLogger({
      level: 'info',
      format: 'json',
      isTerminal: false,
      version: '1.2.3',
      destination,
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
  assert.deepEqual(rest, { level: 'info', version: '1.2.3', events: 3, msg: 'stream ended' });
  assert.ok(text.endsWith('}\n'));
});

test('auto is pretty on a terminal alone; json and pretty are what they say, whatever the terminal (R30)', async () => {
  const say = (log: Logger) => log.warn('hello');
  assert.match(await logged({ format: 'auto', isTerminal: false }, say), /^\{/);
  assert.match(await logged({ format: 'auto', isTerminal: true }, say), /WARN.*hello/);
  assert.match(await logged({ format: 'json', isTerminal: true }, say), /^\{/);
  assert.match(await logged({ format: 'pretty', isTerminal: false }, say), /^\[[\d:.]+\] WARN: hello\n$/);
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
