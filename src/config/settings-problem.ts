/** A setting that can only be found wrong by using it, such as a kubeconfig without the context it names. */
export class SettingsProblem extends Error {
  override readonly name = 'SettingsProblem';
}
