import { toDecimal, toMicros } from "@berth/control";
import type { LimitSettings } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";
import type { LimitRule, Spending } from "./records.ts";

const NUMBERS = [
  "callsPerMinute",
  "readsPerMinute",
  "writesPerMinute",
  "concurrentCalls",
  "maxCalls",
  "maxTokens",
] as const;
const KNOWN: readonly string[] = ["subject", "id", "maxCost", ...NUMBERS];
const MAX_ID = 512;

export function limitRoutes(edge: Edge): readonly PlatformRoute[] {
  const { limits } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/limits",
      policy: "limit.read",
      summary: "The organization's limits and budgets, and the platform's own rates",
      handle: async (exchange) => sendJson(exchange, toSettingsJson(await limits.settings(exchange.principal))),
    },
    {
      method: "PUT",
      path: "/v1/limits",
      policy: "limit.manage",
      summary: "Set the organization's limits and budgets, in place of all that there were",
      body: "application/json",
      handle: async (exchange) => {
        const rules = parseRules(await readJson(exchange, edge.limits));
        sendJson(exchange, toSettingsJson(await limits.replace(exchange.principal, rules)));
      },
    },
    {
      method: "GET",
      path: "/v1/limits/usage",
      policy: "limit.read",
      summary: "Calls, tokens and cost of this calendar month, by organization, principal and agent",
      handle: async (exchange) => {
        const { month, resetsAt, spending } = await limits.usage(exchange.principal);
        sendJson(exchange, { month, resetsAt, usage: spending.map(toSpendingJson) });
      },
    },
  ];
}

function toSettingsJson({ rules, defaults }: LimitSettings): object {
  return { rules: rules.map(toRuleJson), defaults: defaults ?? null };
}

function toRuleJson({ maxCostMicros, ...rule }: LimitRule): object {
  return { ...rule, ...(maxCostMicros === undefined ? {} : { maxCost: toDecimal(maxCostMicros) }) };
}

function toSpendingJson({ subject, id, calls, tokens, costMicros }: Spending): object {
  return { subject, id, calls, tokens, cost: toDecimal(costMicros) };
}

/** What a rule's numbers may be is the use case's to say. @throws INVALID_PARAMS with every field that is of another type */
function parseRules(body: unknown): readonly LimitRule[] {
  const { rules } = membersOf(body);
  if (!Array.isArray(rules)) throw invalidParams([{ field: "rules", description: "must be a list" }]);
  const violations: FieldViolation[] = [];
  const parsed = rules.map((rule: unknown, index) => parseRule(rule, `rules[${index}]`, violations));
  if (violations.length > 0) throw invalidParams(violations);
  return parsed;
}

function parseRule(value: unknown, at: string, violations: FieldViolation[]): LimitRule {
  const members = membersOf(value);
  const { subject, id, maxCost } = members;
  for (const name of Object.keys(members)) {
    if (!KNOWN.includes(name)) violations.push({ field: at, description: `knows ${KNOWN.join(", ")}` });
  }
  if (id !== undefined && !isText(id, MAX_ID)) violations.push({ field: `${at}.id`, description: "must be text" });
  const micros = typeof maxCost === "string" ? toMicros(maxCost) : undefined;
  if (maxCost !== undefined && micros === undefined) {
    violations.push({ field: `${at}.maxCost`, description: "must be a decimal text with at most 6 decimals" });
  }
  const numbers = NUMBERS.flatMap((name): [string, number][] => {
    const number = members[name];
    if (number === undefined) return [];
    if (typeof number === "number") return [[name, number]];
    violations.push({ field: `${at}.${name}`, description: "must be a whole number" });
    return [];
  });
  return {
    // Whether it is one of the kinds is checked with the numbers.
    subject: subject as LimitRule["subject"],
    ...(isText(id, MAX_ID) ? { id } : {}),
    ...Object.fromEntries(numbers),
    ...(micros === undefined ? {} : { maxCostMicros: micros }),
  };
}
