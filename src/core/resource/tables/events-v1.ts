/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const EVENTS_V1 = table({ core: CORE_V1, meta: META_V1 }, `
Event
 metadata 1 meta.ObjectMeta!
 eventTime 2 time!
 series 3 *EventSeries
 reportingController 4 text
 reportingInstance 5 text
 action 6 text
 reason 7 text
 regarding 8 core.ObjectReference
 related 9 *core.ObjectReference
 note 10 text
 type 11 text
 deprecatedSource 12 core.EventSource
 deprecatedFirstTimestamp 13 time
 deprecatedLastTimestamp 14 time
 deprecatedCount 15 number
EventSeries
 count 1 number!
 lastObservedTime 2 time!
`);
