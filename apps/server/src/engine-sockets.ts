import type { FieldViolation } from "@berth/protocol";

/** As DOCKER_HOST names it. An engine elsewhere could not mount what is here. */
export function readEngineSockets(
  text: string | undefined,
  violations: FieldViolation[],
): readonly string[] | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "off") return [];
  if (/^unix:\/\/\/./.test(text)) return [text.replace(/^unix:\/\//, "")];
  const description = "must be off, or the socket of an engine on this machine, such as unix:///var/run/docker.sock";
  violations.push({ field: "BERTH_CONTAINER_ENGINE", description });
  return undefined;
}
