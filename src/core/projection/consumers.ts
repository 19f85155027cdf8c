/**
 * Programs that read Nodes. Each program has a list of the fields that its source code reads from watched Nodes. The
 * code reads these fields from a cache, or when it compares the old Node with the new one. Fields that a program reads
 * by GET need no entry, because responses to GET are not filtered. A list may also contain a field that the source does
 * not read, if the field hardly ever changes: forwarding such changes costs almost nothing.
 */

const CIDRS = ['spec.podCIDR', 'spec.podCIDRs'] as const;
/** Some programs read the first address of a type, others the last, so the order counts. */
const IP_ADDRESSES = [
  'status.addresses[type=InternalIP].address',
  'status.addresses[type=ExternalIP].address',
] as const;
const CONDITIONS = ['status.conditions[*].type', 'status.conditions[*].status'] as const;
/** Network plugins set this condition of their own Node when they are up. */
const NETWORK = 'status.conditions[type=NetworkUnavailable].status';

export const CONSUMERS = {
  /**
   * flannel-io/flannel v0.28.10, pkg/subnet/kube/{kube,annotations}.go: annotations and CIDRs define the leases of
   * flannel. flannel writes these annotations and the condition of its own Node.
   */
  flannel: ['metadata.annotations["flannel.alpha.coreos.com/*"]', ...CIDRS, NETWORK],
  /**
   * cloudnativelabs/kube-router v2.1.0, pkg/utils/node.go,
   * pkg/controllers/routing/{bgp_peers,bgp_policies,network_routes_controller,utils,aws}.go. kube-router disables the
   * check of source and destination addresses of an AWS instance, and the providerID names this instance.
   */
  'kube-router': ['metadata.annotations["kube-router.io/*"]', ...CIDRS, 'spec.providerID', ...IP_ADDRESSES],
  /**
   * antrea-io/antrea v2 (012861f), pkg/agent: controller/noderoute/node_route_controller.go, memberlist/cluster.go,
   * nodeip/tracker.go, controller/egress/ip_scheduler.go; pkg/util/k8s/node.go. The agent writes these annotations of
   * its own Node.
   */
  'antrea-agent': [
    'metadata.labels',
    'metadata.annotations["node.antrea.io/*"]',
    ...CIDRS,
    'status.addresses',
  ],
  /**
   * projectcalico/calico v3.28.5, libcalico-go/lib/backend/k8s/resources/{node,resources}.go. This code converts each
   * Node, and Felix, confd and BIRD see only the result. calico-node writes these annotations and the condition of its
   * own Node.
   */
  'calico-node': [
    'metadata.labels',
    'metadata.annotations["projectcalico.org/*"]',
    ...CIDRS,
    NETWORK,
    ...IP_ADDRESSES,
  ],
  /**
   * longhorn/longhorn-manager v1.8.1, controller/{node_controller,kubernetes_node_controller,controller_manager,
   * setting_controller}.go, controller/monitor/environment_check_monitor.go, datastore/{kubernetes,longhorn}.go,
   * webhook/resources/node/validator.go, metrics_collector/node_collector.go. longhorn-manager ignores a Ready
   * condition that became False less than 15 s ago, so lastTransitionTime counts. A resync every 30 s checks such a
   * condition again.
   */
  'longhorn-manager': [
    'metadata.labels',
    'metadata.annotations["node.longhorn.io/*"]',
    'spec',
    ...CONDITIONS,
    'status.conditions[*].reason',
    'status.conditions[*].message',
    'status.conditions[*].lastTransitionTime',
    'status.addresses',
    'status.allocatable',
    'status.capacity',
    'status.nodeInfo',
  ],
  /**
   * squat/kilo (ffa0dcd), pkg/k8s/backend.go, pkg/mesh/backend.go: kilo treats a Node as dead 60 s after the time in
   * the Node's last-seen annotation, so this annotation counts like every other one with this prefix. All labels count,
   * because users choose the location label.
   */
  kilo: ['metadata.labels', 'metadata.annotations["kilo.squat.ai/*"]', 'spec.podCIDR'],
  /** kubernetes/kube-state-metrics v2.15.0, internal/store/node.go. Its users choose annotations and labels. */
  'kube-state-metrics': [
    'metadata.labels',
    'metadata.annotations',
    'metadata.creationTimestamp',
    'spec',
    ...CONDITIONS,
    'status.phase',
    'status.addresses',
    'status.allocatable',
    'status.capacity',
    'status.nodeInfo',
  ],
  /** prometheus/prometheus v0.316.0, discovery/kubernetes/{node,pod,endpoints,endpointslice,kubernetes}.go. */
  prometheus: [
    'metadata.labels',
    'metadata.annotations',
    'spec.providerID',
    ...CONDITIONS,
    'status.addresses',
    'status.daemonEndpoints',
  ],
  /**
   * traefik/traefik v3.7.13, pkg/provider/kubernetes: crd/kubernetes_{http,tcp,udp}.go and ingress/kubernetes.go use
   * Nodes as the servers of a Service with node ports; k8s/event_handler.go treats each new resourceVersion as a
   * change.
   */
  traefik: IP_ADDRESSES,
  /**
   * kubernetes-sigs/aws-load-balancer-controller v3 (7dad58c), controllers/elbv2/eventhandlers/node.go,
   * pkg/backend/endpoint_{utils,resolver}.go, pkg/k8s/node_utils.go, pkg/networking/{pod,node}_eni_info_resolver.go.
   */
  'aws-load-balancer-controller': [
    'metadata.labels',
    'spec.taints',
    'spec.providerID',
    'spec.unschedulable',
    'status.conditions[type=Ready].status',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ConsumerName = keyof typeof CONSUMERS;
