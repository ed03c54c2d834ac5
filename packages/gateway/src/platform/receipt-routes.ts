import type { Edge } from "../edge/edge.ts";
import { send, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { BUNDLE_MEDIA_TYPE } from "../rest/run-receipt.ts";
import { PAGE_QUERY, pageOf, textParameter } from "./page.ts";
import { toReceiptJson } from "./receipt-json.ts";

export function receiptRoutes(edge: Edge): readonly PlatformRoute[] {
  const { receipts } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/receipts",
      policy: "receipt.list",
      summary: "Receipts, newest first",
      query: PAGE_QUERY,
      handle: async (exchange) => {
        const page = await receipts.list(exchange.principal, pageOf(exchange));
        sendJson(exchange, {
          receipts: page.receipts.map(({ receiptId, taskId, leafIndex, sealedAt }) => ({
            receiptId,
            taskId,
            leafIndex,
            sealedAt,
          })),
          nextPageToken: page.nextPageToken ?? "",
        });
      },
    },
    {
      method: "GET",
      path: "/v1/receipts/{id}",
      policy: "key",
      summary: "One receipt",
      handle: async (exchange) =>
        sendJson(
          exchange,
          toReceiptJson(
            await receipts.find(exchange.principal, exchange.param("id")),
            edge.control.witnesses.witnessedSize(),
          ),
        ),
    },
    {
      method: "GET",
      path: "/v1/receipts/{id}/bundle",
      policy: "key",
      summary: "Everything an offline verifier needs",
      query: [{ name: "events", description: "Which to disclose: all (default), none, or numbers such as 1,5-9." }],
      answers: BUNDLE_MEDIA_TYPE,
      handle: async (exchange) => {
        const events = textParameter(exchange, "events") ?? "all";
        const bundle = await receipts.bundle(exchange.principal, exchange.param("id"), { events });
        send(exchange, bundle, { contentType: BUNDLE_MEDIA_TYPE });
      },
    },
    {
      method: "GET",
      path: "/v1/receipts/{id}/tlog-proof",
      policy: "key",
      summary: "The receipt's proof of inclusion, as C2SP text",
      answers: "text/plain",
      handle: async (exchange) => {
        const proof = await receipts.tlogProof(exchange.principal, exchange.param("id"));
        send(exchange, proof, { contentType: "text/plain; charset=utf-8" });
      },
    },
    {
      method: "GET",
      path: "/v1/ledger/check",
      policy: "ledger.check",
      summary: "Whether tasks, receipts and journals agree",
      handle: async (exchange) => {
        const { tasks, receipts: sealed, journals, pending, differences } = await receipts.check(exchange.principal);
        const background = edge.control.watched(exchange.principal);
        sendJson(exchange, { tasks, receipts: sealed, journals, pending, differences, background });
      },
    },
  ];
}
