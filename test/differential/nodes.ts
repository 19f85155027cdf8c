/** Nodes from chance: every field that Kubernetes declares, with the texts of those who may write them. */
import type { Random } from '../fuzz/random.ts';
import { anyKey, anyText, closingText, hostileText, plainText } from './texts.ts';
import type { Fields } from './values.ts';

/** Types of conditions and addresses, which custom projections choose elements by. */
export const CONDITION_TYPES = ['NetworkUnavailable', 'Ready', 'Größe', 'a&b', '}a'] as const;
export const ADDRESS_TYPES = ['InternalIP', 'Hostname', 'é€😀'] as const;
export const TIMES = [
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:10Z',
  '2026-06-01T12:00:00Z',
  '2026-06-01T12:00:09Z',
] as const;
/** Deeper than any reader follows. */
const ABYSS = 600;

export function list<T>(random: Random, least: number, most: number, item: (random: Random) => T): T[] {
  return Array.from({ length: least + random.below(most - least + 1) }, () => item(random));
}

export function textMap(random: Random, most: number): Fields {
  return Object.fromEntries(list(random, 0, most, (r) => [anyKey(r), anyText(r)] as const));
}

export const time = (random: Random): string => random.pick(TIMES);

export function condition(random: Random): Fields {
  return {
    type: random.pick(random.oneIn(4) ? CONDITION_TYPES.slice(0, 1) : CONDITION_TYPES),
    status: random.oneIn(2) ? closingText(random) : random.pick(['True', 'False', 'Unknown', '']),
    // Absent is zero, which Go writes as null.
    ...(random.oneIn(12) ? {} : { lastHeartbeatTime: time(random) }),
    ...(random.oneIn(20) ? {} : { lastTransitionTime: time(random) }),
    reason: anyText(random),
    message: anyText(random),
  };
}

export const address = (random: Random): Fields => ({
  type: random.pick(random.oneIn(2) ? ADDRESS_TYPES.slice(0, 1) : ADDRESS_TYPES),
  address: anyText(random),
});

export const image = (random: Random): Fields => ({
  names: list(random, random.oneIn(9) ? 0 : 1, 2, anyText),
  ...(random.oneIn(6) ? {} : { sizeBytes: random.below(2 ** 31) }),
});

export const taint = (random: Random): Fields => ({
  key: anyText(random),
  ...(random.oneIn(2) ? { value: anyText(random) } : {}),
  effect: random.pick(['NoSchedule', 'NoExecute']),
  ...(random.oneIn(3) ? { timeAdded: time(random) } : {}),
});

export const ownerReference = (random: Random): Fields => ({
  apiVersion: 'v1',
  kind: anyText(random),
  name: anyText(random),
  uid: random.pick(['o1', 'o2', anyText(random)]),
  ...(random.oneIn(2) ? { controller: random.oneIn(2) } : {}),
});

/** Its keys are free where they name an element by its value: `v:` and `k:`. */
export function managedFields(random: Random): Fields {
  const hasFreeKeys = random.oneIn(6);
  const key = (): string =>
    random.pick(
      !hasFreeKeys
        ? ['f:a', 'f:b', '.']
        : [
            'f:a',
            '.',
            `v:${JSON.stringify(hostileText(random))}`,
            `k:{"type":${JSON.stringify(anyText(random))}}`,
          ],
    );
  const set = (depth: number): Fields =>
    Object.fromEntries(list(random, 0, 2, () => [key(), depth === 0 ? {} : set(depth - 1)] as const));
  let fieldsV1 = set(2);
  if (random.oneIn(2000)) for (let depth = 0; depth < ABYSS; depth++) fieldsV1 = { 'f:a': fieldsV1 };
  return {
    manager: random.oneIn(3) ? hostileText(random) : 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    time: time(random),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1,
    ...(random.oneIn(2) ? { subresource: 'status' } : {}),
  };
}

const configSource = (random: Random): Fields => ({
  configMap: { namespace: plainText(random), name: anyText(random), kubeletConfigKey: anyText(random) },
});

/** Each of these makes one field anew. A field that none of them makes is never there. */
export const METADATA: Readonly<Record<string, (random: Random) => unknown>> = {
  uid: (r) => r.pick(['u1', 'u2']),
  generateName: anyText,
  generation: (r) => r.below(300),
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: (r) => r.below(2),
  labels: (r) => textMap(r, 4),
  annotations: (r) => textMap(r, 4),
  ownerReferences: (r) => list(r, 1, 2, ownerReference),
  finalizers: (r) => list(r, 1, 2, anyText),
  managedFields: (r) => list(r, 1, 2, managedFields),
};
export const SPEC: typeof METADATA = {
  podCIDR: anyText,
  podCIDRs: (r) => list(r, 1, 2, anyText),
  providerID: anyText,
  unschedulable: () => true,
  taints: (r) => list(r, 1, 2, taint),
  configSource,
  externalID: anyText,
  podPreemptionPolicy: anyText,
};
export const STATUS: typeof METADATA = {
  capacity: (r) => textMap(r, 3),
  allocatable: (r) => textMap(r, 3),
  phase: anyText,
  conditions: (r) => list(r, 1, 4, condition),
  addresses: (r) => list(r, 1, 3, address),
  daemonEndpoints: (r) => ({ kubeletEndpoint: { Port: r.pick([0, 10250]) } }),
  nodeInfo: (r) => ({
    machineID: anyText(r),
    kernelVersion: anyText(r),
    kubeletVersion: plainText(r),
    ...(r.oneIn(4) ? { swap: r.oneIn(2) ? {} : { capacity: r.below(2) } } : {}),
    ...(r.oneIn(4) ? { runningInUserNamespace: r.oneIn(2) } : {}),
  }),
  images: (r) => list(r, 1, 2, image),
  volumesInUse: (r) => list(r, 1, 2, anyText),
  volumesAttached: (r) => list(r, 1, 2, () => ({ name: anyText(r), devicePath: anyText(r) })),
  config: (r) => ({
    ...(r.oneIn(2) ? { assigned: configSource(r) } : {}),
    ...(r.oneIn(2) ? { error: anyText(r) } : {}),
  }),
  runtimeHandlers: (r) =>
    list(r, 1, 2, () => ({ name: anyText(r), features: { userNamespaces: r.oneIn(2) } })),
  features: (r) => (r.oneIn(3) ? {} : { supplementalGroupsPolicy: r.oneIn(2) }),
  declaredFeatures: (r) => list(r, 1, 2, anyText),
};
export const PARTS = { metadata: METADATA, spec: SPEC, status: STATUS } as const;
export type Part = keyof typeof PARTS;

/** Of what every real Node has, and of the rest: one in so many lacks it, or has it. */
const USUAL: ReadonlySet<string> = new Set([
  ...[
    'uid',
    'creationTimestamp',
    'labels',
    'annotations',
    'managedFields',
    'podCIDR',
    'capacity',
    'allocatable',
  ],
  ...['conditions', 'addresses', 'daemonEndpoints', 'nodeInfo', 'images'],
]);

export function randomNode(random: Random, name: string): Fields {
  const part = (makers: typeof METADATA): Fields => {
    const made: Record<string, unknown> = {};
    for (const [field, make] of Object.entries(makers))
      if (USUAL.has(field) ? !random.oneIn(12) : random.oneIn(7)) made[field] = make(random);
    return made;
  };
  return {
    metadata: { name, ...part(METADATA) },
    spec: part(SPEC),
    status: part(STATUS),
  };
}
