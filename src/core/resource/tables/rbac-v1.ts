/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const RBAC_V1 = table({ meta: META_V1 }, `
AggregationRule
 clusterRoleSelectors 1 []meta.LabelSelector
ClusterRole
 metadata 1 meta.ObjectMeta
 rules 2 []PolicyRule!
 aggregationRule 3 *AggregationRule
ClusterRoleBinding
 metadata 1 meta.ObjectMeta
 subjects 2 []Subject
 roleRef 3 RoleRef!
PolicyRule
 verbs 1 []text!
 apiGroups 2 []text
 resources 3 []text
 resourceNames 4 []text
 nonResourceURLs 5 []text
Role
 metadata 1 meta.ObjectMeta
 rules 2 []PolicyRule!
RoleBinding
 metadata 1 meta.ObjectMeta
 subjects 2 []Subject
 roleRef 3 RoleRef!
RoleRef
 apiGroup 1 text!
 kind 2 text!
 name 3 text!
Subject
 kind 1 text!
 apiGroup 2 text
 name 3 text!
 namespace 4 text
`);
