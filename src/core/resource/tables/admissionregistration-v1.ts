/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const ADMISSIONREGISTRATION_V1 = table({ meta: META_V1 }, `
ApplyConfiguration
 expression 1 text
AuditAnnotation
 key 1 text!
 valueExpression 2 text!
ExpressionWarning
 fieldRef 2 text!
 warning 3 text!
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
MutatingWebhook
 name 1 text!
 clientConfig 2 WebhookClientConfig!
 rules 3 []RuleWithOperations
 failurePolicy 4 *text
 matchPolicy 9 *text
 namespaceSelector 5 *meta.LabelSelector
 objectSelector 11 *meta.LabelSelector
 sideEffects 6 *text!
 timeoutSeconds 7 *number
 admissionReviewVersions 8 []text!
 reinvocationPolicy 10 *text
 matchConditions 12 []MatchCondition
MutatingWebhookConfiguration
 metadata 1 meta.ObjectMeta
 webhooks 2 []MutatingWebhook
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
RuleWithOperations
 operations 1 []text
 apiGroups 2.1 []text
 apiVersions 2.2 []text
 resources 2.3 []text
 scope 2.4 *text
ServiceReference
 namespace 1 text!
 name 2 text!
 path 3 *text
 port 4 *number
TypeChecking
 expressionWarnings 1 []ExpressionWarning
ValidatingAdmissionPolicy
 metadata 1 meta.ObjectMeta
 spec 2 ValidatingAdmissionPolicySpec
 status 3 ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding
 metadata 1 meta.ObjectMeta
 spec 2 ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec
 policyName 1 text
 paramRef 2 *ParamRef
 matchResources 3 *MatchResources
 validationActions 4 []text
ValidatingAdmissionPolicySpec
 paramKind 1 *ParamKind
 matchConstraints 2 *MatchResources
 validations 3 []Validation
 failurePolicy 4 *text
 auditAnnotations 5 []AuditAnnotation
 matchConditions 6 []MatchCondition
 variables 7 []Variable
ValidatingAdmissionPolicyStatus
 observedGeneration 1 number
 typeChecking 2 *TypeChecking
 conditions 3 []meta.Condition
ValidatingWebhook
 name 1 text!
 clientConfig 2 WebhookClientConfig!
 rules 3 []RuleWithOperations
 failurePolicy 4 *text
 matchPolicy 9 *text
 namespaceSelector 5 *meta.LabelSelector
 objectSelector 10 *meta.LabelSelector
 sideEffects 6 *text!
 timeoutSeconds 7 *number
 admissionReviewVersions 8 []text!
 matchConditions 11 []MatchCondition
ValidatingWebhookConfiguration
 metadata 1 meta.ObjectMeta
 webhooks 2 []ValidatingWebhook
Validation
 expression 1 text!
 message 2 text
 reason 3 *text
 messageExpression 4 text
Variable
 name 1 text!
 expression 2 text!
WebhookClientConfig
 url 3 *text
 service 1 *ServiceReference
 caBundle 2 bytes
`);
