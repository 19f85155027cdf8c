import { count, span } from '../../../platform/text/figures.ts';

/** The value of a setting, with the unit that its name implies. */
export function settingValue(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number' && name.endsWith('Ms'))
    return value > 0 && value < 1000 ? `${value}\u00a0ms` : span(value / 1000);
  if (typeof value === 'number' && name.endsWith('Bytes'))
    return value % 1_048_576 === 0 ? `${value / 1_048_576}\u00a0MiB` : `${count(value)}\u00a0B`;
  if (isAddress(value)) return `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isAddress(value: unknown): value is { readonly host: string; readonly port: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'host' in value &&
    typeof value.host === 'string' &&
    'port' in value &&
    typeof value.port === 'number'
  );
}
