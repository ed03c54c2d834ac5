import { JOURNAL_DIMENSIONS } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { send, sendJson } from "../edge/respond.ts";
import type { PlatformRoute, QueryDoc } from "../edge/routes.ts";
import { toJournalJson, toStatementCsv, toStatementJson, toUsageCsv, toUsageJson } from "./billing-json.ts";
import { isText, membersOf } from "./body.ts";
import { PAGE_QUERY, choiceParameter, pageOf, textParameter } from "./page.ts";

const PERIOD_QUERY: readonly QueryDoc[] = [
  { name: "from", description: "RFC 3339 or a day in UTC, inclusive; default: this month's first." },
  { name: "to", description: "The same, exclusive; default: next month's first." },
];
const MAX_TEXT = 500;

export function billingRoutes(edge: Edge): readonly PlatformRoute[] {
  const { billing } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/usage",
      policy: "billing.read",
      summary: "Calls, seconds, tokens and amounts, by agent, skill, model, caller or day",
      query: [...PERIOD_QUERY, { name: "groupBy", description: `${JOURNAL_DIMENSIONS.join(", ")}; default agent.` }],
      handle: async (exchange) => {
        const groupBy = choiceParameter(exchange, "groupBy", JOURNAL_DIMENSIONS);
        const query = { ...periodOf(exchange), ...(groupBy === undefined ? {} : { groupBy }) };
        const usage = await billing.usage(exchange.principal, query);
        if (wantsCsv(exchange)) sendCsv(exchange, toUsageCsv(usage), "usage.csv");
        else sendJson(exchange, toUsageJson(usage));
      },
    },
    {
      method: "GET",
      path: "/v1/statements/{month}",
      policy: "billing.read",
      summary: "What a calendar month (UTC) cost, by agent and caller, and the balances of its accounts",
      handle: async (exchange) => {
        const statement = await billing.statement(exchange.principal, exchange.param("month"));
        if (wantsCsv(exchange)) sendCsv(exchange, toStatementCsv(statement), `statement-${statement.month}.csv`);
        else sendJson(exchange, toStatementJson(statement));
      },
    },
    {
      method: "GET",
      path: "/v1/journals",
      policy: "billing.read",
      summary: "Journals of the general ledger, newest first",
      query: [...PERIOD_QUERY, { name: "task", description: "Of this task." }, ...PAGE_QUERY],
      handle: async (exchange) => {
        const taskId = textParameter(exchange, "task");
        const filter = { ...periodOf(exchange), ...(taskId === undefined ? {} : { taskId }) };
        const page = await billing.journals(exchange.principal, filter, pageOf(exchange));
        sendJson(exchange, { journals: page.journals.map(toJournalJson), nextPageToken: page.nextPageToken ?? "" });
      },
    },
    {
      method: "POST",
      path: "/v1/receipts/{id}/refunds",
      policy: "billing.manage",
      summary: "Give back part of what a run was charged, or all of it",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const refund = parseRefund(await readJson(exchange, edge.limits));
        const journal = await billing.refund(exchange.principal, exchange.param("id"), refund);
        sendJson(exchange, toJournalJson(journal), { status: 201 });
      },
    },
  ];
}

function periodOf(exchange: Exchange): { readonly from?: string; readonly to?: string } {
  const [from, to] = [textParameter(exchange, "from"), textParameter(exchange, "to")];
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function wantsCsv(exchange: Exchange): boolean {
  return exchange.header("accept")?.includes("text/csv") === true;
}

function sendCsv(exchange: Exchange, csv: string, name: string): void {
  send(exchange, csv, {
    contentType: "text/csv; charset=utf-8",
    headers: { "Content-Disposition": `attachment; filename="${name}"` },
  });
}

/** @throws INVALID_PARAMS */
function parseRefund(body: unknown): { readonly amount?: string; readonly reason: string } {
  const { amount, reason } = membersOf(body);
  if (amount !== undefined && !isText(amount, MAX_TEXT)) {
    throw invalidParams([{ field: "amount", description: 'must be decimal text, such as "0.50"' }]);
  }
  if (!isText(reason, MAX_TEXT)) throw invalidParams([{ field: "reason", description: "must be a text" }]);
  return { reason, ...(amount === undefined ? {} : { amount }) };
}
