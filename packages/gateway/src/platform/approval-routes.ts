import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isTexts, membersOf } from "./body.ts";

type Approvals = Edge["control"]["approvals"];
type Approval = Awaited<ReturnType<Approvals["list"]>>[number];
type Decision = Parameters<Approvals["decide"]>[2];
type NewPolicy = Parameters<Approvals["addPolicy"]>[1];

const STATES = ["pending", "approved", "denied", "expired", "canceled"] as const;
/** What an approver is shown; `matches.more` says that there are others. */
const MAX_SHOWN_FILES = 100;

export function approvalRoutes(edge: Edge): readonly PlatformRoute[] {
  const { approvals } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/approvals",
      policy: "approval.read",
      summary: "What runs ask for beyond their grants, newest first",
      query: [
        { name: "state", description: STATES.join(", ") },
        { name: "task", description: "only of this task" },
      ],
      handle: async (exchange) => {
        const state = parseState(exchange.query.get("state"));
        const taskId = exchange.query.get("task");
        const listed = await approvals.list(exchange.principal, {
          ...(state === undefined ? {} : { state }),
          ...(taskId === null ? {} : { taskId }),
        });
        sendJson(exchange, { approvals: listed.map(toApprovalJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/approvals/{id}",
      policy: "approval.read",
      summary: "One request, with the files that its globs match at this moment",
      handle: async (exchange) => {
        const { approval, matches, objection } = await approvals.show(exchange.principal, exchange.param("id"));
        const files = matches.files.slice(0, MAX_SHOWN_FILES).map(({ path, bytes }) => ({ path, bytes }));
        sendJson(exchange, {
          ...toApprovalJson(approval),
          matches: {
            count: matches.files.length,
            bytes: matches.bytes,
            more: matches.more || matches.files.length > files.length,
            files,
          },
          ...(objection === undefined ? {} : { objection }),
        });
      },
    },
    {
      method: "POST",
      path: "/v1/approvals/{id}/decision",
      policy: "approval.decide",
      summary: "Approve, for the task or once, as asked or narrower; or deny. Not by whoever made the call",
      body: "application/json",
      handle: async (exchange) => {
        const decision = parseDecision(await readJson(exchange, edge.limits));
        const approval = await approvals.decide(exchange.principal, exchange.param("id"), decision);
        sendJson(exchange, toApprovalJson(approval));
      },
    },
    {
      method: "GET",
      path: "/v1/approval-policies",
      policy: "approval.read",
      summary: "Rules that answer requests without a person",
      handle: async (exchange) => {
        const listed = await approvals.policies(exchange.principal);
        sendJson(exchange, { policies: listed.map(toPolicyJson) });
      },
    },
    {
      method: "POST",
      path: "/v1/approval-policies",
      policy: "policy.manage",
      summary: "Approve narrow reads without a person",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const policy = parsePolicy(await readJson(exchange, edge.limits));
        sendJson(exchange, toPolicyJson(await approvals.addPolicy(exchange.principal, policy)), { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/approval-policies/{id}",
      policy: "policy.manage",
      summary: "Remove a rule; what it has approved stays approved",
      status: 204,
      handle: async (exchange) => {
        await approvals.removePolicy(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
    {
      method: "GET",
      path: "/v1/approval-hooks",
      policy: "policy.manage",
      summary: "Addresses that hear of new requests",
      handle: async (exchange) => {
        const listed = await approvals.hooks(exchange.principal);
        sendJson(exchange, { hooks: listed.map(({ hookId: id, url, createdAt }) => ({ id, url, createdAt })) });
      },
    },
    {
      method: "POST",
      path: "/v1/approval-hooks",
      policy: "policy.manage",
      summary: "Tell an address of every new request, signed",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const { url } = membersOf(await readJson(exchange, edge.limits));
        if (typeof url !== "string") throw invalidParams([{ field: "url", description: "must be an address" }]);
        const hook = await approvals.addHook(exchange.principal, url);
        sendJson(exchange, { id: hook.hookId, url: hook.url, createdAt: hook.createdAt }, { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/approval-hooks/{id}",
      policy: "policy.manage",
      summary: "Tell this address no more",
      status: 204,
      handle: async (exchange) => {
        await approvals.removeHook(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toApprovalJson(approval: Approval): object {
  const {
    approvalId: id,
    orgId: _org,
    agentName: agent,
    agentId: _agent,
    callers: _callers,
    decision,
    ...rest
  } = approval;
  return { id, agent, ...rest, ...(decision === undefined ? {} : { decision }) };
}

function toPolicyJson(policy: Awaited<ReturnType<Approvals["policies"]>>[number]): object {
  const { policyId: id, orgId: _org, agentName: agent, ...rest } = policy;
  return { id, ...(agent === undefined ? {} : { agent }), ...rest };
}

function parseState(text: string | null): (typeof STATES)[number] | undefined {
  if (text === null || text === "") return undefined;
  const state = STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw invalidParams([{ field: "state", description: `must be one of ${STATES.join(", ")}` }]);
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseDecision(body: unknown): Decision {
  const { decision, extent, read, write, note } = membersOf(body);
  const violations: FieldViolation[] = [];
  if (decision !== "approve" && decision !== "deny") {
    violations.push({ field: "decision", description: "must be approve or deny" });
  }
  if (extent !== undefined && extent !== "once" && extent !== "task") {
    violations.push({ field: "extent", description: "must be once or task" });
  }
  if (read !== undefined && !isTexts(read)) violations.push({ field: "read", description: "must be a list of globs" });
  if (write !== undefined && typeof write !== "boolean") {
    violations.push({ field: "write", description: "must be true or false" });
  }
  if (note !== undefined && typeof note !== "string") violations.push({ field: "note", description: "must be text" });
  if (violations.length > 0) throw invalidParams(violations);
  return {
    decision: decision === "approve" ? "approve" : "deny",
    ...(extent === "once" || extent === "task" ? { extent } : {}),
    ...(isTexts(read) ? { read } : {}),
    ...(typeof write === "boolean" ? { write } : {}),
    ...(typeof note === "string" ? { note } : {}),
  };
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parsePolicy(body: unknown): NewPolicy {
  const { agent, read, maxFiles = 100, maxBytes = 100 * 1024 * 1024, extent = "task" } = membersOf(body);
  const violations: FieldViolation[] = [];
  if (agent !== undefined && typeof agent !== "string") {
    violations.push({ field: "agent", description: "must be an agent's name" });
  }
  if (!isTexts(read)) violations.push({ field: "read", description: "must be a list of globs" });
  if (typeof maxFiles !== "number") violations.push({ field: "maxFiles", description: "must be a number" });
  if (typeof maxBytes !== "number") violations.push({ field: "maxBytes", description: "must be a number" });
  if (extent !== "once" && extent !== "task") {
    violations.push({ field: "extent", description: "must be once or task" });
  }
  if (violations.length > 0) throw invalidParams(violations);
  return {
    ...(typeof agent === "string" ? { agentName: agent } : {}),
    read: isTexts(read) ? read : [],
    maxFiles: Number(maxFiles),
    maxBytes: Number(maxBytes),
    extent: extent === "once" ? "once" : "task",
  };
}
