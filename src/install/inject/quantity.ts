/** Kubernetes quantities (`100m`, `1.5Gi`, `2e3`) as exact integers, in billionths. Pure. */

/** Billionths of a core, a byte or an object. */
export type Amount = bigint;

export const ONE: Amount = 1_000_000_000n;
export const MILLI: Amount = 1_000_000n;

const DECIMAL = { n: 1n, u: 1000n, m: MILLI, '': ONE, k: 10n ** 12n, M: 10n ** 15n, G: 10n ** 18n } as const;
const LARGE = { T: 10n ** 21n, P: 10n ** 24n, E: 10n ** 27n } as const;
const BINARY = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n } as const;
const UNITS: ReadonlyMap<string, Amount> = new Map<string, Amount>([
  ...Object.entries({ ...DECIMAL, ...LARGE }),
  ...Object.entries(BINARY).map(([unit, bits]): [string, Amount] => [unit, ONE << bits]),
]);

/** The digits are limited to what the API server itself writes, which bounds the work. */
const FORM = /^\+?(\d{0,32})(?:\.(\d{0,32}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** @returns undefined for a malformed or negative quantity */
export function parseQuantity(value: unknown): Amount | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const found = FORM.exec(String(value));
  if (found === null) return undefined;
  const [, whole = '', fraction = '', exponent, unit = ''] = found;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const power = exponent === undefined ? 0 : Number(exponent);
  const factor = exponent === undefined ? UNITS.get(unit) : ONE;
  if (factor === undefined) return undefined;
  const scaled = digits * factor * 10n ** BigInt(Math.max(power, 0));
  // Rounded up, as the API server does it.
  return dividedUp(scaled, 10n ** BigInt(fraction.length + Math.max(-power, 0)));
}

export function dividedUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}

/** Rounds down, to thousandths of a core or to whole units of anything else. */
export function formatQuantity(resource: string, amount: Amount): string {
  if (resource === 'cpu') return `${amount / MILLI}m`;
  const bytes = amount / ONE;
  for (const [unit, bits] of [
    ['Gi', 30n],
    ['Mi', 20n],
    ['Ki', 10n],
  ] as const)
    if (bytes > 0n && bytes % (1n << bits) === 0n) return `${bytes >> bits}${unit}`;
  return `${bytes}`;
}
