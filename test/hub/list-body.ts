/** A list as the model's server would send it: of a built-in resource no item says what it is. */
import { type Encoding, encodersOf } from '../../src/lab/simulator/encoding.ts';
import type { ModelObject, Subject } from '../model/model-object.ts';

export function listBody(
  { kind }: Pick<Subject, 'kind'>,
  encoding: Encoding,
  resourceVersion: string,
  objects: readonly ModelObject[],
): Buffer {
  const items = objects.map((object) => ({ ...object, kind: undefined, apiVersion: undefined }));
  return encodersOf(kind)[encoding].list(resourceVersion, items);
}
