/** The demo's own cluster: a simulator whose Nodes send heartbeats, and change now and then. */
import { startSimulator, type Simulator } from '../simulator/start-simulator.ts';
import { startServer, type DemoCluster } from './cluster.ts';

export interface SimulatedOptions {
  readonly nodes: number;
  /** Per second, over all Nodes. */
  readonly heartbeats: number;
  readonly changesEverySeconds: number;
}

export async function simulatedCluster(options: SimulatedOptions): Promise<DemoCluster> {
  const { nodes, heartbeats, changesEverySeconds } = options;
  const started = Promise.withResolvers<Simulator>();
  const server = await startServer(async (identity) => {
    const simulator = await startSimulator({ ...identity, nodes });
    started.resolve(simulator);
    return simulator;
  });
  const { cluster } = await started.promise;
  const [node] = cluster.nodeNames();
  return {
    ...server,
    title: `${nodes} Nodes, ${heartbeats} heartbeats/s`,
    barrier:
      node === undefined
        ? undefined
        : { node, setLabel: (name, key, value) => cluster.setLabel(name, key, value) },
    play: (onChange) => {
      const beating = cluster.startHeartbeats({ perSecond: heartbeats, changesEverySeconds, onChange });
      return { ended: new Promise(() => undefined), stop: () => beating.stop() };
    },
  };
}
