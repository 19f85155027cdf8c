/**
 * Decodes paths and queries exactly as Go's net/url does, because the API server uses net/url. URLSearchParams treats
 * `;`, bad percent-encoding and normalisation differently.
 */

/** The parameters of a raw query. The first value of a key counts, as in Kubernetes. */
export function parseQuery(raw: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of raw.split('&')) {
    // Like net/url ParseQuery: empty pairs and pairs with a semicolon or a bad escape are dropped.
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const key = percentDecode((equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = percentDecode((equals === -1 ? '' : pair.slice(equals + 1)).replaceAll('+', ' '));
    if (key === undefined || value === undefined || values.has(key)) continue;
    values.set(key, value);
  }
  return values;
}

/**
 * Decodes percent-encoding into bytes, and the bytes as UTF-8.
 *
 * @returns undefined if a `%` is not followed by two hexadecimal digits
 */
export function percentDecode(raw: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return undefined;
  // Node.js passes request targets as strings with one character per byte.
  const bytes = Buffer.from(raw, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isEscape = bytes[at] === PERCENT;
    bytes[length++] = isEscape ? Number.parseInt(raw.slice(at + 1, at + 3), 16) : (bytes[at] ?? 0);
    if (isEscape) at += 2;
  }
  return bytes.toString('utf8', 0, length);
}

const PERCENT = 0x25;

/** True if present and not "0" or "false" (apimachinery pkg/runtime/conversion.go, Convert_Slice_string_To_bool). */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}
