import { messageOf } from '../platform/text/failure.ts';

/** A setting whose problem shows only when it is used, for example a kubeconfig without the named context. */
export class SettingsProblem extends Error {
  override readonly name = 'SettingsProblem';
}

/** @throws SettingsProblem with the cause that using a setting had */
export function settingsProblem(cause: unknown): never {
  throw new SettingsProblem(messageOf(cause), { cause });
}
