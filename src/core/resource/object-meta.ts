/** The schema of the metadata of every object: meta.v1 ObjectMeta. */
import { messageIn } from './table.ts';
import { META_V1 } from './tables/meta-v1.ts';

export const OBJECT_META = messageIn(META_V1, 'ObjectMeta');
