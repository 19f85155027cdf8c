/** P7 under load (R39): the most memory that a proxy ever held while many Nodes heartbeat for minutes. */
import { watchTogether } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { peakRssBytes, rssBytes } from '../proc.ts';
import { ENCODINGS, eventsOf, planFor, withWatchsieve, type Rig } from '../rig.ts';

export async function loadRows(rig: Rig): Promise<Measure[]> {
  const { nodes, rate, seconds } = rig.size.load;
  const jobsOf = (encoding: (typeof ENCODINGS)[number]) => [
    { plan: planFor(rig, { encoding, nodes, warmUp: 0, events: eventsOf({ rate, seconds }), rate }) },
  ];
  // Both encodings at once, each with a proxy of its own: it is memory that is measured, and minutes that it takes.
  return withWatchsieve(rig, (json) =>
    withWatchsieve(rig, async (protobuf) => {
      await watchTogether(rig.upstream, [
        { server: json, jobs: jobsOf('json') },
        { server: protobuf, jobs: jobsOf('protobuf') },
      ]);
      return ENCODINGS.flatMap((encoding) => {
        const { pid } = (encoding === 'json' ? json : protobuf).child;
        const row = measuresOf('memory (R39)', encoding);
        const load = `${nodes} Nodes × ${rate} events/s for ${seconds} s`;
        return [
          row(`most RSS, ${load}`, 'MiB', peakRssBytes(pid) / 2 ** 20, 'P7 load'),
          row(`RSS at the end, ${load}`, 'MiB', rssBytes(pid) / 2 ** 20),
        ];
      });
    }),
  );
}
