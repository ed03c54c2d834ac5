import type { Instance } from "../sandbox-driver.ts";
import type { Scrubber } from "./scrubber.ts";

/** The instance, whose last words are told without the secrets that were put into its calls. */
export function scrubbedInstance(instance: Instance, scrubber: Pick<Scrubber, "text">): Instance {
  const { instanceId, releaseId, startedAt, socketPath, headers, boot } = instance;
  return {
    instanceId,
    releaseId,
    startedAt,
    socketPath,
    ...(headers === undefined ? {} : { headers }),
    ...(boot === undefined ? {} : { boot }),
    exited: instance.exited.then((exit) => ({ ...exit, lastOutput: scrubber.text(exit.lastOutput) })),
    stop: async (graceMs) => await instance.stop(graceMs),
    freeze: async () => await instance.freeze(),
    thaw: async () => await instance.thaw(),
    stats: async () => await instance.stats(),
  };
}
