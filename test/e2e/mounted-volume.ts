/** The files of a Pod's projected volume, written as a kubelet writes them. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { listAt, textAt, valueAt } from '../support/json-value.ts';
import type { Cluster } from './cluster.ts';

/** @returns the folder. @throws for a source that is neither an annotation of the Pod nor a ConfigMap. */
export async function mountVolume({ admin, folder }: Cluster, pod: unknown, name: string): Promise<string> {
  const namespace = textAt(pod, 'metadata', 'namespace');
  const volume = listAt(pod, 'spec', 'volumes').find((each) => textAt(each, 'name') === name);
  const to = await mkdtemp(join(folder, 'volume-'));
  const write = async (item: unknown, text: string) => {
    const file = join(to, textAt(item, 'path'));
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  };
  for (const source of listAt(volume, 'projected', 'sources')) {
    const fields = valueAt(source, 'downwardAPI');
    if (fields !== undefined) {
      for (const item of listAt(fields, 'items')) {
        const path = textAt(item, 'fieldRef', 'fieldPath');
        const key = /^metadata\.annotations\['(.+)'\]$/.exec(path)?.[1];
        if (key === undefined) throw new Error(`${path} is no annotation`);
        await write(item, textAt(pod, 'metadata', 'annotations', key));
      }
      continue;
    }
    const map = `/api/v1/namespaces/${namespace}/configmaps/${textAt(source, 'configMap', 'name')}`;
    const held = await admin.getJson(map);
    for (const item of listAt(source, 'configMap', 'items'))
      await write(item, textAt(held, 'data', textAt(item, 'key')));
  }
  return to;
}
