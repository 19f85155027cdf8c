/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const APISERVERINTERNAL_V1ALPHA1 = table({ meta: META_V1 }, `
ServerStorageVersion
 apiServerID 1 text
 encodingVersion 2 text
 decodableVersions 3 []text
 servedVersions 4 []text
StorageVersion
 metadata 1 meta.ObjectMeta
 spec 2 StorageVersionSpec!
 status 3 StorageVersionStatus!
StorageVersionCondition
 type 1 text!
 status 2 text!
 observedGeneration 3 number
 lastTransitionTime 4 time
 reason 5 text!
 message 6 text
StorageVersionSpec
StorageVersionStatus
 storageVersions 1 []ServerStorageVersion
 commonEncodingVersion 2 *text
 conditions 3 []StorageVersionCondition
`);
