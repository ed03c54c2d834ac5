import { canonicalText } from "../receipts/canonical-text.ts";
import { signJws } from "../cards/jws.ts";
import type { JwsSigner } from "../cards/jws-signer.ts";
import { encodeBase64Url } from "@berth/ledger";
import type { ApprovalDecision, ApprovalRecord } from "@berth/store";

/** A compact JWS (RFC 7515 §7.1) that says who allowed what to which run; its key stands in `/.well-known/jwks.json`. */
export async function signDecision(
  signer: JwsSigner,
  approval: ApprovalRecord,
  decision: Omit<ApprovalDecision, "signature"> & { readonly state: "approved" | "denied" },
): Promise<string> {
  const { orgId, approvalId, taskId, agentId, requesterId, priorGrantId, reason } = approval;
  const asked = { read: approval.read, ...(approval.write === undefined ? {} : { write: approval.write }), reason };
  const payload = new TextEncoder().encode(
    canonicalText({ orgId, approvalId, taskId, agentId, requesterId, priorGrantId, asked, decision }),
  );
  const jws = await signJws(signer, payload, { typ: "berth-approval+jws" });
  return `${jws.protected}.${encodeBase64Url(payload)}.${jws.signature}`;
}
