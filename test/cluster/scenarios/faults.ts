/** What happens to a Pod in its life, and what the speaker notices of it (I9, R24, R31). */

import assert from 'node:assert/strict';

import { reaction } from '../announcement.ts';
import { Metallb, NAMESPACE } from '../metallb.ts';
import { NEWEST, type Rig } from '../rig.ts';
import { SpeakerPod } from '../speaker.ts';
import { wait } from '../wait.ts';

const OUTAGE_MS = 120_000;

export async function faults(rig: Rig): Promise<void> {
  const { cluster, report } = rig;
  report.title(`the life of a Pod: MetalLB ${NEWEST}, component sidecar`);
  const metallb = await Metallb.prepare(rig, NEWEST);
  const pod = new SpeakerPod(cluster);
  await report.check('it is installed and works', async () => {
    await metallb.apply('sidecar');
    await pod.watches();
    await wait('MetalLB gives the Service its address', 100_000, () => metallb.announce().then(() => true));
  });
  const works = () => reaction(cluster, pod, 'condition');
  /** Restarts of both containers while `body` goes on, and how long the speaker had no watch after it. */
  const during = async (title: string, body: () => Promise<void>, limitMs?: number) => {
    await report.check(
      title,
      async () => {
        const before = await pod.container('speaker').catch(() => undefined);
        await body();
        const start = performance.now();
        await pod.watches(120_000);
        report.note(`the watch is back ${((performance.now() - start) / 1000).toFixed(1)} s later`);
        await works();
        const after = await pod.container('speaker');
        if (before?.id === after.id) assert.equal(after.restarts, before.restarts);
      },
      limitMs,
    );
  };
  await during('the sidecar is killed (SIGKILL): the speaker goes on without a restart', async () => {
    const { restarts } = await pod.container('watchsieve');
    await pod.signal('watchsieve', 'KILL');
    await wait('the kubelet starts it again', 60_000, async () => {
      const now = await pod.container('watchsieve');
      return now.restarts > restarts && now.ready;
    });
  });
  await during(
    'the sidecar hangs (SIGSTOP): its liveness probe ends it',
    async () => {
      const { restarts } = await pod.container('watchsieve');
      await pod.signal('watchsieve', 'STOP');
      await wait('the kubelet starts it again', 150_000, async () => {
        const now = await pod.container('watchsieve');
        return now.restarts > restarts && now.ready;
      });
    },
    300_000,
  );
  await during('the Pod is deleted', async () => {
    const name = await pod.name();
    const start = performance.now();
    await cluster.kubectl('-n', NAMESPACE, 'delete', 'pod', name, '--timeout=50s');
    report.note(`gone after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    await metallb.rolledOut();
  });
  await during('the DaemonSet is rolled', async () => {
    await cluster.kubectl('-n', NAMESPACE, 'rollout', 'restart', 'daemonset/speaker');
    await metallb.rolledOut();
  });
  await during('the kubelet is restarted: no container is', async () => {
    const before = await pod.container('watchsieve');
    await cluster.kubelet.stop();
    cluster.kubelet.start();
    await wait('the kubelet reports again', 60_000, async () => {
      await pod.logs('watchsieve', '--tail=1');
      return true;
    });
    assert.deepEqual(await pod.container('watchsieve'), before);
  });
  await during(
    'the API server is away for two minutes, and a sidecar that restarts meanwhile is there before it is back',
    async () => {
      const before = await pod.container('watchsieve');
      await cluster.apiServer.stop('KILL');
      const down = performance.now();
      await cluster.signalTask(before.id, 'KILL');
      await wait(
        'it is gone',
        30_000,
        async () => !(await cluster.runningTasks('watchsieve')).includes(before.id),
      );
      await wait(
        'a new sidecar runs',
        60_000,
        async () => (await cluster.runningTasks('watchsieve')).length > 0,
      );
      const [task = ''] = await cluster.runningTasks('watchsieve');
      await wait('two minutes are over', OUTAGE_MS + 10_000, () => performance.now() - down >= OUTAGE_MS);
      assert.deepEqual(
        await cluster.runningTasks('watchsieve'),
        [task],
        'the kubelet has killed the new sidecar',
      );
      await cluster.startApiServer();
    },
    400_000,
  );
  await metallb.delete();
}
