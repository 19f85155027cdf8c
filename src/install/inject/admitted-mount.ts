/** Recognises what ServiceAccount admission does to a Pod before a webhook sees it. Pure. */
import { listAt, type Path, textAt, valueAt } from '../../platform/text/json-value.ts';
import { SERVICE_ACCOUNT_DIR } from './names.ts';
import { type Container, podSpecAt, type Workload } from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';

/** The prefix of the plugin's volumes (plugin/pkg/admission/serviceaccount). */
const VOLUME_PREFIX = 'kube-api-access-';

/** The plugin's mount of a token in a container; undefined if there is no mount or another program added it. */
export function admittedMount(workload: Workload, { path, value }: Container): Path | undefined {
  const mounts = listAt(value, 'volumeMounts');
  const index = mounts.findIndex((mount) => textAt(mount, 'mountPath') === SERVICE_ACCOUNT_DIR);
  const name = textAt(mounts[index], 'name') ?? '';
  const volume = listAt(podSpecAt(workload, 'volumes')).find((each) => textAt(each, 'name') === name);
  const hasToken = listAt(volume, 'projected', 'sources').some((source) =>
    isRecord(valueAt(source, ['serviceAccountToken'])),
  );
  return name.startsWith(VOLUME_PREFIX) && hasToken ? [...path, 'volumeMounts', index] : undefined;
}
