import { isPlatformError } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { send, sendJson } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { toReceiptJson } from "../platform/receipt-json.ts";

export const BUNDLE_MEDIA_TYPE = "application/vnd.berth.receipt-bundle+json";

export function runReceiptRoute(edge: Edge): AgentRoute {
  return {
    method: "GET",
    path: "/runs/{id}/receipt",
    policy: "anyone",
    summary: "The receipt of a finished run: JSON, offline bundle or proof, by Accept",
    handle: async (exchange, agent) => {
      const { principal } = exchange;
      const taskId = exchange.param("id");
      const { receipts, tasks } = edge.control;
      await tasks.get(callContext(exchange, "rest"), taskId, agent.name);
      try {
        const receipt = await receipts.forTask(principal, taskId);
        const accept = exchange.header("accept")?.toLowerCase() ?? "";
        const headers = { Vary: "Accept" };
        if (accept.includes(BUNDLE_MEDIA_TYPE)) {
          send(exchange, await receipts.bundle(principal, receipt.receiptId), {
            contentType: BUNDLE_MEDIA_TYPE,
            headers,
          });
        } else if (accept.includes("text/plain")) {
          const proof = await receipts.tlogProof(principal, receipt.receiptId);
          send(exchange, proof, { contentType: "text/plain; charset=utf-8", headers });
        } else sendJson(exchange, toReceiptJson(receipt, edge.control.witnesses.witnessedSize()), { headers });
      } catch (error) {
        if (!isPlatformError(error) || error.reason !== "RECEIPT_PENDING") throw error;
        sendJson(exchange, { taskId, reason: error.reason }, { status: 202, headers: { "Retry-After": "1" } });
      }
    },
  };
}
