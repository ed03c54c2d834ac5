import { RUN_METADATA } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import { RunServices } from "../services/run-services.ts";
import type { ServicesClient } from "../services/services-client.ts";

/** The platform's services for the run that this message starts, when it came with a grant. */
export function runServicesOf(
  { metadata }: Message,
  client: ServicesClient | undefined,
  signal: AbortSignal,
): RunServices | undefined {
  const value = metadata?.[RUN_METADATA];
  if (client === undefined || typeof value !== "object" || value === null) return undefined;
  if (!("grant" in value) || typeof value.grant !== "string") return undefined;
  if (!("runId" in value) || typeof value.runId !== "string") return undefined;
  const { grant, runId } = value;
  const write = "write" in value && typeof value.write === "string" ? value.write : undefined;
  const execution = "execution" in value && typeof value.execution === "number" ? value.execution : undefined;
  const credentials = {
    runId,
    grant,
    ...(write === undefined ? {} : { write }),
    ...(execution === undefined ? {} : { execution }),
  };
  return new RunServices(client, credentials, signal);
}
