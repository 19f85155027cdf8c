/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const STORAGEMIGRATION_V1 = table({ meta: META_V1 }, `
StorageVersionMigration
 metadata 1 meta.ObjectMeta
 spec 2 StorageVersionMigrationSpec
 status 3 StorageVersionMigrationStatus
StorageVersionMigrationSpec
 resource 1 meta.GroupResource!
StorageVersionMigrationStatus
 conditions 1 []meta.Condition
 resourceVersion 2 text
`);
