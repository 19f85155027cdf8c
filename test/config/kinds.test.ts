import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, choice, count, duration, name, path, size } from '../../src/config/kinds.ts';

test('addresses are host:port with names, IPv4, or IPv6 in brackets; port 0 is allowed (R33)', () => {
  assert.deepEqual(address.parse('127.0.0.1:17480'), { host: '127.0.0.1', port: 17480 });
  assert.deepEqual(address.parse('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(address.parse('localhost:65535'), { host: 'localhost', port: 65535 });
  assert.deepEqual(address.parse('a-b.example:1'), { host: 'a-b.example', port: 1 });
});

test('an address of either family may stand in brackets, as a manifest has to write it before a short port', () => {
  assert.deepEqual(address.parse('[10.0.0.7]:9002'), { host: '10.0.0.7', port: 9002 });
  assert.deepEqual(address.parse('[fd00::7]:9002'), { host: 'fd00::7', port: 9002 });
});

test('an IPv6 address may go without brackets where its last group cannot be the port (R24)', () => {
  assert.deepEqual(address.parse('fd00:10::7:17482'), { host: 'fd00:10::7', port: 17482 });
  assert.deepEqual(address.parse('::1:17480'), { host: '::1', port: 17480 });
  assert.deepEqual(address.parse('1:2:3:4:5:6:7:8:80'), { host: '1:2:3:4:5:6:7:8', port: 80 });
  // Is that port 1748 of ::1, or the address ::1:1748?
  assert.equal(address.parse('::1:1748'), undefined);
});

const NO_ADDRESSES = [
  '',
  '17480',
  ':17480',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '127.0.0.1:1x',
  '300.0.0.1:1',
  '10.1:1',
  '::1:65536',
  '1:2:17480',
  '[::1]',
  '[127.0.0]:1',
  '[a.b]:1',
  '-a:1',
  'a b:1',
  'http://127.0.0.1:1',
  '127.0.0.1:1\n',
];

for (const text of NO_ADDRESSES) {
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(address.parse(text), undefined));
}

test('durations need a unit and stay within their bounds', () => {
  const kind = duration('100ms', '1h');
  assert.equal(kind.parse('500ms'), 500);
  assert.equal(kind.parse('10s'), 10_000);
  assert.equal(kind.parse('5m'), 300_000);
  assert.equal(kind.parse('1h'), 3_600_000);
  for (const text of ['', '10', '1.5s', '-1s', '1d', '10 s', '99ms', '61m', '1h1m', 's', '1S', '1toString']) {
    assert.equal(kind.parse(text), undefined, text);
  }
  assert.equal(kind.allowed, 'a duration with its unit, as 500ms, 10s, 5m or 1h, from 100ms to 1h');
});

test('sizes are bytes or binary multiples within their bounds', () => {
  const kind = size('1KiB', '1GiB');
  assert.equal(kind.parse('65536'), 65_536);
  assert.equal(kind.parse('64KiB'), 65_536);
  assert.equal(kind.parse('16MiB'), 16_777_216);
  assert.equal(kind.parse('1GiB'), 1_073_741_824);
  for (const text of ['', '1023', '2GiB', '16MB', '16M', '16mib', '1e6', '-1', '0x10', '1.5MiB']) {
    assert.equal(kind.parse(text), undefined, text);
  }
});

test('numbers are whole, without a unit, within their bounds', () => {
  const kind = count('1', '1000');
  assert.equal(kind.parse('1'), 1);
  assert.equal(kind.parse('1000'), 1000);
  for (const text of ['', '0', '1001', '1.5', '-1', '1k', '1e2', ' 1'])
    assert.equal(kind.parse(text), undefined, text);
  assert.equal(kind.allowed, 'a whole number, from 1 to 1000');
});

test('choices are exact, names and paths are anything but empty', () => {
  assert.equal(choice('filter', 'observe').parse('observe'), 'observe');
  assert.equal(choice('filter', 'observe').parse('Observe'), undefined);
  assert.equal(name.parse(''), undefined);
  assert.equal(path.parse(''), undefined);
  assert.equal(path.parse('a\0b'), undefined);
  assert.equal(path.parse('./a b'), './a b');
});
