import type { DeploymentLine, DeploymentRecord } from "../deployment-store.ts";

/** As it was kept before deployments went on after a restart: its log in one piece, nothing of its source. */
type EarlierDeployment = Omit<DeploymentRecord, "status" | "source" | "options" | "principal"> & {
  readonly status: "running" | "live" | "failed" | "canceled";
  readonly log: string;
};

/** The text was made by `save`, of this version or of an earlier one. */
export function deploymentOf(record: string): DeploymentRecord {
  const kept = JSON.parse(record) as DeploymentRecord | EarlierDeployment;
  if (!("log" in kept)) return kept;
  const { log: _log, status, ...rest } = kept;
  return {
    ...rest,
    source: { kind: "archive", blob: "", bytes: 0 },
    options: { trust: false },
    principal: { kind: "anonymous", id: kept.createdBy, orgId: kept.orgId, scopes: [] },
    ...(status === "running" ? CUT_OFF : { status }),
  };
}

/** Of the record of an earlier version; else none. */
export function earlierLines(record: string): readonly DeploymentLine[] {
  const kept = JSON.parse(record) as DeploymentRecord | EarlierDeployment;
  if (!("log" in kept) || kept.log === "") return [];
  const texts = kept.log.replace(/\n$/, "").split("\n");
  return texts.map((text, n) => ({ seq: n + 1, at: kept.createdAt, step: "", stream: "platform", text }));
}

const CUT_OFF = {
  status: "failed",
  error: { reason: "PLATFORM_RESTARTED", message: "The platform was restarted during the deployment." },
} as const;
