/**
 * The kinds of values that a setting can have: how each is parsed, and the message about an invalid value. Pure.
 * settings.ts defines which settings exist.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** An address to listen on. An IPv6 host has no brackets here; with port 0 the system chooses a port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Kind<T> {
  /** The type as shown in help and docs. */
  readonly label: string;
  /** Completes the sentence "must be ...". */
  readonly allowed: string;
  /** The JSON Schema of a value in the file. It cannot express the bounds of durations and sizes. */
  readonly schema: JsonSchema;
  /** Undefined if the text is not of this kind. */
  parse(text: string): T | undefined;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A path. The file need not exist. */
export const path: Kind<string> = {
  label: 'path',
  allowed: 'a path',
  schema: { type: 'string', minLength: 1 },
  parse: (text) => (text === '' || text.includes('\0') ? undefined : text),
};

/** A relative path would be resolved from the place of a link to it. */
export const absolutePath: Kind<string> = {
  label: 'path',
  allowed: 'an absolute path',
  schema: { type: 'string', pattern: '^/' },
  parse: (text) => (text.startsWith('/') ? path.parse(text) : undefined),
};

export const name: Kind<string> = {
  label: 'name',
  allowed: 'a name',
  schema: { type: 'string', minLength: 1 },
  parse: (text) => (text === '' ? undefined : text),
};

/**
 * `host:port` with a name, an IPv4 address or an IPv6 address in brackets. A manifest cannot know whether `$(POD_IP)`
 * is IPv4 or IPv6, so an IPv4 address may have brackets too, and an IPv6 address may lack them if the text is
 * unambiguous.
 */
export const address: Kind<ListenAddress> = {
  label: 'host:port',
  allowed: 'host:port, as 127.0.0.1:8080, localhost:8080 or [::1]:8080 (port 0: any free one)',
  schema: { type: 'string', pattern: '^[^ ]+:[0-9]{1,5}$' },
  parse(text) {
    const bare = isIPv6(text)
      ? undefined
      : /^(?=[^:]*:[^:]*:)(?<v6>[^[\]]*):(?<port>\d{1,5})$/.exec(text)?.groups;
    const match = bare ?? /^(?:\[(?<v6>[^\]]+)\]|(?<host>[a-z0-9.-]+)):(?<port>\d{1,5})$/i.exec(text)?.groups;
    if (match === undefined) return undefined;
    const { v6, host, port } = match;
    if (Number(port) > 65_535) return undefined;
    if (v6 !== undefined)
      return isIPv6(v6) || (bare === undefined && isIPv4(v6)) ? { host: v6, port: Number(port) } : undefined;
    if (host === undefined || !isHost(host)) return undefined;
    return { host, port: Number(port) };
  },
};

const MAX_URLS = 16;

/** Addresses of servers, `https://host:port` with an optional path. */
export const httpsUrls: Kind<readonly string[]> = {
  ...list(
    'URL[,URL...]',
    `https URLs separated by commas, ${MAX_URLS} at most, as https://10.0.0.1:6444`,
    MAX_URLS,
    httpsUrl,
  ),
  schema: { type: 'string', pattern: '^https://' },
};

function httpsUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return url.search === '' && url.hash === '' ? url.href : undefined;
}

export function text<T>(label: string, allowed: string, parse: (given: string) => T | undefined): Kind<T> {
  return { label, allowed, schema: { type: 'string' }, parse };
}

/** Items of one form, separated by commas. */
export function list<T>(
  label: string,
  allowed: string,
  most: number,
  parse: (item: string) => T | undefined,
): Kind<readonly T[]> {
  return text(label, allowed, (given) => {
    const items = given.split(',').map((item) => parse(item.trim()));
    return items.length <= most && items.every((item) => item !== undefined) ? items : undefined;
  });
}

export interface NamedObject {
  readonly namespace: string;
  readonly name: string;
}

/** Names of objects (RFC 1123). Only some kinds of objects allow `.`. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
export const SUBDOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

export function namedObject(given: string): NamedObject | undefined {
  const [namespace = '', object = '', ...more] = given.split('/');
  return LABEL.test(namespace) && SUBDOMAIN.test(object) && more.length === 0
    ? { namespace, name: object }
    : undefined;
}

export const objectName = text('namespace/name', 'NAMESPACE/NAME', namedObject);
/** Services are named as labels of DNS are. */
export const serviceName = text('namespace/name', 'NAMESPACE/NAME', (given) => {
  const found = namedObject(given);
  return found !== undefined && LABEL.test(found.name) ? found : undefined;
});

export function matching(label: string, allowed: string, form: RegExp): Kind<string> {
  return text(label, allowed, (given) => (form.test(given) ? given : undefined));
}

const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration in milliseconds, from text with a unit: `500ms`, `10s`, `5m`, `1h`. */
export function duration(min: string, max: string): Kind<number> {
  return bounded({
    label: 'duration',
    example: 'a duration with its unit, as 500ms, 10s, 5m or 1h',
    units: DURATION_UNITS_MS,
    min,
    max,
  });
}

const SIZE_UNITS_BYTES = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** A size in bytes, from text: `65536`, `64KiB`, `16MiB`, `1GiB`. */
export function size(min: string, max: string): Kind<number> {
  return bounded({
    label: 'size',
    example: 'a size in bytes, as 65536, 64KiB or 16MiB',
    units: SIZE_UNITS_BYTES,
    min,
    max,
  });
}

export function count(min: string, max: string): Kind<number> {
  const kind = bounded({ label: 'number', example: 'a whole number', units: { '': 1 }, min, max });
  return { ...kind, schema: { type: 'integer', minimum: Number(min), maximum: Number(max) } };
}

/** One of a closed set. */
export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    label: values.join('|'),
    allowed: `one of ${values.join(', ')}`,
    // In YAML, 1.1 is a number. Here it means the text.
    schema: {
      enum: values.flatMap((value) => (value === String(Number(value)) ? [value, Number(value)] : [value])),
    },
    parse: (text) => values.find((value) => value === text),
  };
}

export const logLevel = choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent');

interface BoundedOptions {
  readonly label: string;
  readonly example: string;
  readonly units: Readonly<Record<string, number>>;
  readonly min: string;
  readonly max: string;
}

function bounded({ label, example, units, min, max }: BoundedOptions): Kind<number> {
  const read = (text: string): number => {
    const match = /^(?<count>\d{1,12})(?<unit>[A-Za-z]*)$/.exec(text)?.groups;
    const factor = Object.hasOwn(units, match?.unit ?? '') ? units[match?.unit ?? ''] : undefined;
    return match === undefined || factor === undefined ? NaN : Number(match.count) * factor;
  };
  const [least, most] = [read(min), read(max)];
  const text = { type: 'string', pattern: `^[0-9]{1,12}(${Object.keys(units).join('|')})$` };
  return {
    label,
    allowed: `${example}, from ${min} to ${max}`,
    schema: '' in units ? { anyOf: [{ type: 'integer', minimum: least, maximum: most }, text] } : text,
    parse(text) {
      const value = read(text);
      return value >= least && value <= most ? value : undefined;
    },
  };
}

function isHost(host: string): boolean {
  if (isIPv4(host)) return true;
  // 300.0.0.1 or 10.1 would be looked up as a name, or taken for another address.
  if (/^[\d.]+$/.test(host)) return false;
  // The length is checked first, because each repetition of the expression takes stack.
  return (
    host.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(host)
  );
}
