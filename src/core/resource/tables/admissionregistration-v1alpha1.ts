/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const ADMISSIONREGISTRATION_V1ALPHA1 = table({ meta: META_V1 }, `
ApplyConfiguration
 expression 1 text
JSONPatch
 expression 1 text
MatchCondition
 name 1 text!
 expression 2 text!
MatchResources
 namespaceSelector 1 *meta.LabelSelector
 objectSelector 2 *meta.LabelSelector
 resourceRules 3 []NamedRuleWithOperations
 excludeResourceRules 4 []NamedRuleWithOperations
 matchPolicy 7 *text
MutatingAdmissionPolicy
 metadata 1 meta.ObjectMeta
 spec 2 MutatingAdmissionPolicySpec
MutatingAdmissionPolicyBinding
 metadata 1 meta.ObjectMeta
 spec 2 MutatingAdmissionPolicyBindingSpec
MutatingAdmissionPolicyBindingSpec
 policyName 1 text
 paramRef 2 *ParamRef
 matchResources 3 *MatchResources
MutatingAdmissionPolicySpec
 paramKind 1 *ParamKind
 matchConstraints 2 *MatchResources
 variables 3 []Variable
 mutations 4 []Mutation
 failurePolicy 5 *text
 matchConditions 6 []MatchCondition
 reinvocationPolicy 7 text
Mutation
 patchType 2 text!
 applyConfiguration 3 *ApplyConfiguration
 jsonPatch 4 *JSONPatch
NamedRuleWithOperations
 resourceNames 1 []text
 operations 2.1 []text
 apiGroups 2.2.1 []text
 apiVersions 2.2.2 []text
 resources 2.2.3 []text
 scope 2.2.4 *text
ParamKind
 apiVersion 1 text
 kind 2 text
ParamRef
 name 1 text
 namespace 2 text
 selector 3 *meta.LabelSelector
 parameterNotFoundAction 4 *text
Variable
 name 1 text!
 expression 2 text!
`);
