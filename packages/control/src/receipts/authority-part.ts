import type { RunReceipt } from "@berth/ledger";
import type { TaskEvent } from "@berth/protocol";

/** Grants that one receipt names; a run that renewed its grant more often shows so in its events. */
const MAX_GRANTS = 100;

/** What the run was allowed and what it did with files: as the platform gave and saw it, never as the agent says. */
export function authorityPart(events: readonly TaskEvent[]): Pick<RunReceipt, "grants" | "ops"> {
  const grants: NonNullable<RunReceipt["grants"]>[number][] = [];
  const ops = { reads: 0, writes: 0, denied: 0, bytes_read: 0, bytes_written: 0 };
  let sawFile = false;
  for (const { body } of events) {
    if (body.kind === "grant" && body.phase !== "revoked") grants.push(toGrant(body));
    if (body.kind !== "file") continue;
    sawFile = true;
    if (body.outcome === "denied") ops.denied++;
    if (body.outcome !== "ok") continue;
    if (body.op === "read") {
      ops.reads++;
      ops.bytes_read += body.bytes ?? 0;
    }
    if (body.op === "write" || body.op === "delete") {
      ops.writes++;
      ops.bytes_written += body.bytes ?? 0;
    }
  }
  return {
    ...(grants.length === 0 ? {} : { grants: grants.slice(0, MAX_GRANTS) }),
    ...(sawFile ? { ops } : {}),
  };
}

type GrantBody = Extract<TaskEvent["body"], { readonly kind: "grant" }>;

function toGrant(body: GrantBody): NonNullable<RunReceipt["grants"]>[number] {
  const { grantId, priorId, read, write, expiresAt, approvalId, approvedBy, approvedAt, reasonDigest } = body;
  return {
    id: grantId,
    ...(priorId === undefined ? {} : { prior_id: priorId }),
    read: read.map((glob) => glob.toWellFormed()),
    ...(write === undefined ? {} : { write: write.toWellFormed() }),
    exp: expiresAt,
    ...(approvalId === undefined ? {} : { approval: approvalId }),
    ...(approvedBy === undefined ? {} : { approved_by: approvedBy }),
    ...(approvedAt === undefined ? {} : { approved_at: approvedAt }),
    ...(reasonDigest === undefined ? {} : { reason: reasonDigest }),
  };
}
