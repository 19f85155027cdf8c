/** @returns the milliseconds of CPU that it took on this thread, whatever else the machine does meanwhile */
export function threadMsOf(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
