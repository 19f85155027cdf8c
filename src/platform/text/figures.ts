const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** For example `1,234,567`. */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** For example `0.4`, `49.7` or `1,234`. */
export function pace(value: number): string {
  return value >= 100 ? WHOLE.format(value) : ONE_DIGIT.format(value);
}

/** For example `98.9 %`; never rounded up to 100 %. A dash if `whole` is 0. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return '–';
  return `${ONE_DIGIT.format(Math.floor((part / whole) * 1000) / 10)}\u00a0%`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** For example `512 B`, `19.3 kB` or `1.2 GB`: powers of 1000, as usual for networks. */
export function bytes(value: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), BYTE_UNITS.length - 1);
  const scaled = value / 1000 ** power;
  return `${power === 0 ? WHOLE.format(scaled) : ONE_DIGIT.format(scaled)}\u00a0${BYTE_UNITS[power] ?? ''}`;
}

/** For example `8 s`, `3 min 20 s`, `2 h 5 min` or `3 d 4 h`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 600) return both(whole, 60, 'min', 1, 's');
  if (whole < 3600) return `${Math.floor(whole / 60)}\u00a0min`;
  if (whole < 86_400) return both(whole, 3600, 'h', 60, 'min');
  return both(whole, 86_400, 'd', 3600, 'h');
}

function both(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const [first, rest] = [Math.floor(seconds / large), Math.floor((seconds % large) / small)];
  return `${first}\u00a0${largeUnit}${rest === 0 ? '' : ` ${rest}\u00a0${smallUnit}`}`;
}
