import { PlatformError } from "@berth/protocol";
import type { ProgramSpec } from "../sandbox-driver.ts";

/** Linux takes one variable of 128 KB; the program's own come in one, beside what they are quoted with. */
const MAX_BYTES = 120_000;

/**
 * Variables of the sidecar. Those of the program are within one of them: NODE_OPTIONS or LD_PRELOAD, say, which an image
 * may set for its own Node, are none for ours.
 */
export function sidecarEnvironment(
  { command, workdir }: Pick<ProgramSpec, "command" | "workdir">,
  { BERTH_BRIDGE = "", ...env }: Readonly<Record<string, string>>,
): Record<string, string> {
  if (command.length === 0) throw new PlatformError("CONFIG_INVALID", "This agent has no command to be started with.");
  if ([...command, workdir, ...Object.entries(env).flat()].some((text) => text.includes("\0"))) {
    throw new PlatformError("CONFIG_INVALID", "The command or environment of this agent contains a NUL character.");
  }
  const program = JSON.stringify({ command, workdir, env });
  if (Buffer.byteLength(program) > MAX_BYTES) {
    throw new PlatformError(
      "CONFIG_INVALID",
      `The command and environment of this agent are more than ${MAX_BYTES} bytes.`,
    );
  }
  const { BERTH_LISTEN = "", PORT = "" } = env;
  return { BERTH_LISTEN, PORT, BERTH_BRIDGE, BERTH_PROGRAM: program };
}
