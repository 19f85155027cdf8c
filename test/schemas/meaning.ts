/**
 * What a projection means (docs/settings.md), over JSON that Go has written and JSON.parse has read: it shares nothing with the
 * product's readers, and knows of no schema.
 */
import type { Step } from './go-side.ts';

export interface Definition {
  readonly by: 'include' | 'exclude';
  readonly paths: readonly (readonly Step[])[];
}

type Json = Readonly<Record<string, unknown>>;

const IDENTITY = ['uid', 'deletionTimestamp', 'finalizers', 'ownerReferences'].map((name) => [
  { name: 'metadata' },
  { name },
]);
const VERSION: readonly Step[] = [{ name: 'metadata' }, { name: 'resourceVersion' }];

/** Equal for two states between which the projection sees no difference. */
export function meaningOf(object: unknown, { by, paths }: Definition): string {
  const noVersion = without(object, VERSION);
  if (by === 'include') return JSON.stringify([...IDENTITY, ...paths].map((path) => picked(noVersion, path)));
  return JSON.stringify(plain(paths.reduce((left, path) => without(left, path), noVersion)));
}

export function spelled(path: readonly Step[]): string {
  return path
    .map(({ name, each, key }) => name + (each ? '[*]' : key === undefined ? '' : `["${key}"]`))
    .join('.');
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function picked(value: unknown, [step, ...more]: readonly Step[]): unknown {
  if (step === undefined) return plain(value);
  const child = isObject(value) ? value[step.name] : undefined;
  if (step.key !== undefined)
    return isObject(child) && Object.hasOwn(child, step.key) ? [child[step.key]] : [];
  if (step.each !== true) return picked(child, more);
  return Array.isArray(child) ? child.map((item: unknown) => picked(item, more)) : [];
}

function without(value: unknown, [step, ...more]: readonly Step[]): unknown {
  if (step === undefined || !isObject(value) || !Object.hasOwn(value, step.name)) return value;
  const { [step.name]: child, ...others } = value;
  if (step.key !== undefined) {
    if (!isObject(child)) return value;
    const { [step.key]: _, ...entries } = child;
    // Maps of which nothing is left are none.
    return Object.keys(entries).length === 0 ? others : { ...value, [step.name]: entries };
  }
  if (more.length === 0) return others;
  if (step.each !== true) return { ...value, [step.name]: without(child, more) };
  return Array.isArray(child)
    ? { ...value, [step.name]: child.map((item: unknown) => without(item, more)) }
    : value;
}

/** The order of keys does not count. Go writes null always where it writes it for what is absent. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, plain(value[key])]);
}
