/** `watchsieve replay`: flags → recording → server → kubeconfig → Ctrl-C. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recording } from '../lab/recording/format.ts';
import { clockOfEach } from '../lab/recording/clock.ts';
import { Replayed } from '../lab/recording/replayed.ts';
import { startReplay } from '../lab/recording/replay-server.ts';
import { createCertificateAuthority, issueServingCertificate } from '../platform/identity/certificates.ts';
import { renderKubeconfig } from '../platform/identity/kubeconfig.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { parseReplayOptions, type ReplayOptions } from '../lab/recording/options.ts';
import { onStopRequest } from './signals.ts';
import { concluded } from './endings.ts';
import { recordingIn } from './recording-file.ts';

export async function runReplay(argv: readonly string[], io: Io): Promise<number> {
  const act = async (options: ReplayOptions) => replay(options, await recordingIn(options.file), io);
  return concluded(io, 'replay', parseReplayOptions(argv), act, 'watchsieve replay');
}

const HOST = '127.0.0.1';

async function replay({ speed, port }: ReplayOptions, recording: Recording, io: Io): Promise<number> {
  const stop = onStopRequest(io);
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-replay-'));
  try {
    const now = new Date();
    const ca = await createCertificateAuthority({ now, commonName: 'watchsieve-replay' });
    const tls = await issueServingCertificate(ca, { hosts: [HOST], now });
    const server = await startReplay({
      ...{ replayed: new Replayed(recording), clock: clockOfEach(speed) },
      ...{ tls, host: HOST, port },
    });
    try {
      const [tokenFile, kubeconfig] = [join(folder, 'token'), join(folder, 'kubeconfig')];
      await writeFile(join(folder, 'ca.crt'), ca.certPem);
      await writeFile(tokenFile, randomBytes(16).toString('hex'), { mode: 0o600 });
      await writeFile(kubeconfig, renderKubeconfig({ stateDir: folder, tokenFile, ...server.address }));
      const { length } = recording.frames;
      io.stdout.write(
        `Replaying ${length} events of ${recording.head.path}: KUBECONFIG=${kubeconfig}\nUntil Ctrl-C.\n`,
      );
      await stop.received;
      return EXIT.fine;
    } finally {
      await server.close();
    }
  } finally {
    stop.forget();
    await rm(folder, { recursive: true, force: true });
  }
}
