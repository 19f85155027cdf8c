import { messageOf } from '../platform/text/failure.ts';

/** A setting that can only be found wrong by using it, such as a kubeconfig without the context it names. */
export class SettingsProblem extends Error {
  override readonly name = 'SettingsProblem';
}

/** @throws SettingsProblem for what came of using a setting */
export function settingsProblem(cause: unknown): never {
  throw new SettingsProblem(messageOf(cause), { cause });
}
