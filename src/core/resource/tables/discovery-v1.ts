/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const DISCOVERY_V1 = table({ core: CORE_V1, meta: META_V1 }, `
Endpoint
 addresses 1 []text!
 conditions 2 EndpointConditions
 hostname 3 *text
 targetRef 4 *core.ObjectReference
 deprecatedTopology 5 map
 nodeName 6 *text
 zone 7 *text
 hints 8 *EndpointHints
EndpointConditions
 ready 1 *number
 serving 2 *number
 terminating 3 *number
EndpointHints
 forZones 1 []ForZone
 forNodes 2 []ForNode
EndpointPort
 name 1 *text
 protocol 2 *text
 port 3 *number
 appProtocol 4 *text
EndpointSlice
 metadata 1 meta.ObjectMeta
 addressType 4 text!
 endpoints 2 []Endpoint!
 ports 3 []EndpointPort!
ForNode
 name 1 text!
ForZone
 name 1 text!
`);
