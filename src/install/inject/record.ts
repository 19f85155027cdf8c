/**
 * The annotation that `inject` leaves on a workload: what cannot be seen from the rest when it is taken out again.
 * It sits on the workload, not on its Pods, and holds nothing that the manifest did not. Pure.
 */
import { attempt } from '../../platform/text/failure.ts';
import { type Path, recordAt } from '../../platform/text/json-value.ts';
import { isRecord } from '../../platform/text/record.ts';

/** What `uninject` has to know. */
export interface InjectRecord {
  /** Which container had KUBECONFIG set. */
  readonly container: string;
  /** Whether kubectl's default container was named by us too. */
  readonly namesDefaultContainer: boolean;
  /** By slot, the text behind a key whose empty value gave way to ours, as `: []`. */
  readonly replaced: Readonly<Record<string, string>>;
}

/** One name for a place, however its list index has changed since: only one container is ever touched. */
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

/** Undefined where nothing can be learned from it; what it does say was still injected. */
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
