import { createHash } from "node:crypto";
import type { TargetRelease } from "../deploy-target.ts";

/** Tells the releases of an agent apart where names are short: eight hexadecimal digits. */
export function releaseMark(releaseId: string): string {
  return createHash("sha256").update(releaseId).digest("hex").slice(0, 8);
}

/** Labels of Google Cloud are lower case, of letters, digits, `_` and `-`, 63 at most. */
export function googleLabels({
  agentId,
  agentName,
  releaseId,
  labels,
}: TargetRelease): Readonly<Record<string, string>> {
  const own = {
    "managed-by": "berth",
    "berth-agent": agentId,
    "berth-agent-name": agentName,
    "berth-release": releaseId,
  };
  return Object.fromEntries(Object.entries({ ...labels, ...own }).map(([name, value]) => [plain(name), plain(value)]));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "-")
    .slice(0, 63);
}
