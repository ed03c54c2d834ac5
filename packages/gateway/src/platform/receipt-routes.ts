import { invalidParams } from "@berth/protocol";
import type { NewReview } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { send, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { BUNDLE_MEDIA_TYPE } from "../rest/run-receipt.ts";
import { isText, membersOf } from "./body.ts";
import { PAGE_QUERY, pageOf, textParameter } from "./page.ts";
import { toAddendumJson, toReceiptJson, toReceiptLine } from "./receipt-json.ts";

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
          receipts: page.receipts.map(toReceiptLine),
          nextPageToken: page.nextPageToken ?? "",
        });
      },
    },
    {
      method: "GET",
      path: "/v1/receipts/{id}",
      policy: "key",
      summary: "One receipt",
      handle: async (exchange) => {
        const { principal } = exchange;
        const receipt = await receipts.find(principal, exchange.param("id"));
        const addenda = await receipts.addenda(principal.orgId, receipt.receiptId);
        const shown = toReceiptJson(receipt, edge.control.witnesses.witnessedSize());
        sendJson(exchange, { ...shown, addenda: addenda.map(toAddendumJson) });
      },
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
      path: "/v1/receipts/{id}/reviews",
      policy: "key",
      summary: "Who signed the run off, or refused to, in the order of the log",
      handle: async (exchange) => {
        const found = await edge.control.reviews.list(exchange.principal, exchange.param("id"));
        sendJson(exchange, { reviews: found });
      },
    },
    {
      method: "POST",
      path: "/v1/receipts/{id}/reviews",
      policy: "review.write",
      summary: "Sign the run off, or refuse to",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const review = parseReview(await readJson(exchange, edge.limits));
        sendJson(exchange, await edge.control.reviews.add(exchange.principal, exchange.param("id"), review), {
          status: 201,
        });
      },
    },
    {
      method: "POST",
      path: "/v1/receipts/{id}/erase",
      policy: "receipt.erase",
      summary: "Take what was said out of the run's log, for good; its receipt still verifies",
      body: "application/json",
      handle: async (exchange) => {
        const { reason } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(reason, MAX_NOTES)) {
          throw invalidParams([{ field: "reason", description: `must be a text of 1 to ${MAX_NOTES} characters` }]);
        }
        sendJson(exchange, await receipts.erase(exchange.principal, exchange.param("id"), reason));
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

const MAX_NOTES = 2_000;

/** @throws INVALID_PARAMS */
function parseReview(body: unknown): NewReview {
  const { verdict, notes } = membersOf(body);
  if (verdict !== "approved" && verdict !== "rejected") {
    throw invalidParams([{ field: "verdict", description: "must be approved or rejected" }]);
  }
  if (!isText(notes, MAX_NOTES)) {
    throw invalidParams([{ field: "notes", description: `must be a text of 1 to ${MAX_NOTES} characters` }]);
  }
  return { verdict, notes };
}
