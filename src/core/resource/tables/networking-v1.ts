/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const NETWORKING_V1 = table({ core: CORE_V1, meta: META_V1 }, `
HTTPIngressPath
 path 1 text
 pathType 3 *text!
 backend 2 IngressBackend!
HTTPIngressRuleValue
 paths 1 []HTTPIngressPath!
IPAddress
 metadata 1 meta.ObjectMeta
 spec 2 IPAddressSpec
IPAddressSpec
 parentRef 1 *ParentReference
IPBlock
 cidr 1 text!
 except 2 []text
Ingress
 metadata 1 meta.ObjectMeta
 spec 2 IngressSpec
 status 3 IngressStatus
IngressBackend
 service 4 *IngressServiceBackend
 resource 3 *core.TypedLocalObjectReference
IngressClass
 metadata 1 meta.ObjectMeta
 spec 2 IngressClassSpec
IngressClassParametersReference
 apiGroup 1 *text
 kind 2 text!
 name 3 text!
 scope 4 *text!
 namespace 5 *text
IngressClassSpec
 controller 1 text
 parameters 2 *IngressClassParametersReference
IngressLoadBalancerIngress
 ip 1 text
 hostname 2 text
 ports 4 []IngressPortStatus
IngressLoadBalancerStatus
 ingress 1 []IngressLoadBalancerIngress
IngressPortStatus
 port 1 number!
 protocol 2 text!
 error 3 *text
IngressRule
 host 1 text
 http 2.1 *HTTPIngressRuleValue
IngressServiceBackend
 name 1 text!
 port 2 ServiceBackendPort
IngressSpec
 ingressClassName 4 *text
 defaultBackend 1 *IngressBackend
 tls 2 []IngressTLS
 rules 3 []IngressRule
IngressStatus
 loadBalancer 1 IngressLoadBalancerStatus
IngressTLS
 hosts 1 []text
 secretName 2 text
NetworkPolicy
 metadata 1 meta.ObjectMeta
 spec 2 NetworkPolicySpec
NetworkPolicyEgressRule
 ports 1 []NetworkPolicyPort
 to 2 []NetworkPolicyPeer
NetworkPolicyIngressRule
 ports 1 []NetworkPolicyPort
 from 2 []NetworkPolicyPeer
NetworkPolicyPeer
 podSelector 1 *meta.LabelSelector
 namespaceSelector 2 *meta.LabelSelector
 ipBlock 3 *IPBlock
NetworkPolicyPort
 protocol 1 *text
 port 2 *opaque
 endPort 3 *number
NetworkPolicySpec
 podSelector 1 meta.LabelSelector!
 ingress 2 []NetworkPolicyIngressRule
 egress 3 []NetworkPolicyEgressRule
 policyTypes 4 []text
ParentReference
 group 1 text
 resource 2 text
 namespace 3 text
 name 4 text
ServiceBackendPort
 name 1 text
 number 2 number
ServiceCIDR
 metadata 1 meta.ObjectMeta
 spec 2 ServiceCIDRSpec
 status 3 ServiceCIDRStatus
ServiceCIDRSpec
 cidrs 1 []text
ServiceCIDRStatus
 conditions 1 []meta.Condition
`);
