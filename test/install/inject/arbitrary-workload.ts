/** Workloads of all kinds, with lists and annotations that are absent, null, empty or hold something. */
import fc from 'fast-check';

const item = (name: string) => fc.constant({ name, image: 'x:1' });
const ABSENT = fc.constant(undefined);
const VOID = fc.constantFrom(undefined, null, []);

/** A list that may be absent, null, empty, or hold something. */
const list = <T>(...items: T[]) => fc.oneof(VOID, fc.constant(items), fc.constant(items.slice(0, 1)));
const annotations: fc.Arbitrary<Readonly<Record<string, string>> | null | undefined> = fc.constantFrom(
  undefined,
  undefined,
  null,
  {},
  { a: 'b' },
  { a: 'b', 'c/d': '"e": # f' },
);

export const workload = fc.record({
  kind: fc.constantFrom('DaemonSet', 'Deployment', 'StatefulSet', 'Pod'),
  annotations,
  template: fc.oneof(ABSENT, fc.constant(null), fc.constant({}), fc.record({ annotations })),
  initContainers: fc.oneof(VOID, fc.tuple(item('i')), fc.tuple(item('i'), item('j'))),
  env: list<unknown>({ name: 'A', value: '1\n2\n' }, { name: 'B', value: '# b' }),
  volumeMounts: list<unknown>({ name: 'v', mountPath: '/v' }, { name: 'w', mountPath: '/w' }),
  volumes: list<unknown>({ name: 'v', emptyDir: {} }, { name: 'w', emptyDir: {} }),
  isFirst: fc.boolean(),
  hostNetwork: fc.constantFrom(undefined, false, true),
});
export type Workload = typeof workload extends fc.Arbitrary<infer T> ? T : never;

/** The workload as a plain object; a Pod is its own template, and has the annotations of the workload. */
export function manifestOf(given: Workload): object {
  const client = { name: 'client', env: given.env, image: 'x:2', volumeMounts: given.volumeMounts };
  const other = { name: 'other' };
  const podSpec = {
    hostNetwork: given.hostNetwork,
    initContainers: given.initContainers,
    containers: given.isFirst ? [client, other] : [other, client],
    volumes: given.volumes,
  };
  const metadata = { name: 'w', annotations: given.annotations };
  if (given.kind === 'Pod') return { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec };
  const spec = { template: { metadata: given.template, spec: podSpec } };
  return { apiVersion: 'apps/v1', kind: given.kind, metadata, spec };
}
