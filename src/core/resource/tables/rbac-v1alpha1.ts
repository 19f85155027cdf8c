/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';
import { RBAC_V1 } from './rbac-v1.ts';

// prettier-ignore
export const RBAC_V1ALPHA1 = table({ meta: META_V1, rbac: RBAC_V1 }, `
ClusterRole
 metadata 1 meta.ObjectMeta
 rules 2 []PolicyRule!
 aggregationRule 3 *rbac.AggregationRule
ClusterRoleBinding
 metadata 1 meta.ObjectMeta
 subjects 2 []Subject
 roleRef 3 rbac.RoleRef!
PolicyRule
 verbs 1 []text!
 apiGroups 3 []text
 resources 4 []text
 resourceNames 5 []text
 nonResourceURLs 6 []text
Role
 metadata 1 meta.ObjectMeta
 rules 2 []PolicyRule!
RoleBinding
 metadata 1 meta.ObjectMeta
 subjects 2 []Subject
 roleRef 3 rbac.RoleRef!
Subject
 kind 1 text!
 apiVersion 2 text
 name 3 text!
 namespace 4 text
`);
