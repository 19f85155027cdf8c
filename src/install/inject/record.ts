/**
 * The annotation that `inject` writes on a workload: what cannot be derived from the rest when the sidecar is removed.
 * It is on the workload, not on its Pods, and contains only text of the manifest. Pure.
 */
import { attempt } from '../../platform/text/failure.ts';
import { type Path, recordAt } from '../../platform/text/json-value.ts';
import { isRecord } from '../../platform/text/record.ts';

export interface InjectRecord {
  /** The container that got KUBECONFIG. */
  readonly container: string;
  /** True if `inject` also set kubectl's default container. */
  readonly namesDefaultContainer: boolean;
  /** For each slot, the text after a key whose empty value was replaced, for example `: []`. */
  readonly replaced: Readonly<Record<string, string>>;
}

/**
 * A name for a place that does not depend on list indexes. This is enough, because only one container is ever changed.
 */
export function slotOf(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
}

export function formatRecord({ container, namesDefaultContainer, replaced }: InjectRecord): string {
  return JSON.stringify({
    container,
    ...(namesDefaultContainer ? { defaultContainer: true } : {}),
    ...(Object.keys(replaced).length > 0 ? { replaced } : {}),
  });
}

/** Undefined if the text is invalid; the workload counts as injected all the same. */
export function parseRecord(text: string | undefined): InjectRecord | undefined {
  const value = text === undefined ? undefined : attempt((): unknown => JSON.parse(text));
  if (!isRecord(value) || typeof value['container'] !== 'string') return undefined;
  const replaced = Object.entries(recordAt(value, 'replaced')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    container: value['container'],
    namesDefaultContainer: value['defaultContainer'] === true,
    replaced: Object.fromEntries(replaced),
  };
}
