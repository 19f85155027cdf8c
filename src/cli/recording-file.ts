/** The recording that `replay` and `demo` are told to use. */
import { readFile } from 'node:fs/promises';
import { SettingsProblem } from '../config/settings-problem.ts';
import { readRecording, type Recording } from '../lab/recording/format.ts';
import { messageOf, unreadable } from '../platform/text/failure.ts';

/** @throws SettingsProblem that names the file */
export async function recordingIn(file: string): Promise<Recording> {
  try {
    return readRecording(await readFile(file));
  } catch (cause) {
    const why = unreadable(cause);
    throw new SettingsProblem(why === undefined ? `${file}: ${messageOf(cause)}` : `${file} ${why}`, {
      cause,
    });
  }
}
