import { isAction, isAllowed, REASONS } from "@berth/protocol";
import type { Principal, Reason } from "@berth/protocol";
import type { Route } from "../edge/routes.ts";
import type { GatewayRoutes } from "../routes.ts";
import type { Answer } from "../gateway.fixture.ts";
import { AGENT_ROWS } from "./agent-rows.fixture.ts";
import { AGENT_AUTHORITY_ROWS, AUTHORITY_ROWS } from "./authority-rows.fixture.ts";
import { IMAGE_ROWS } from "./image-rows.fixture.ts";
import { PLATFORM_ROWS } from "./platform-rows.fixture.ts";
import { TARGET_ROWS } from "./target-rows.fixture.ts";
import { TELEMETRY_ROWS } from "./telemetry-rows.fixture.ts";
import type { Access, Params, Row } from "./row.fixture.ts";

export type Resource = "own" | "foreign" | "absent";
export type Outcome = "allowed" | "unauthenticated" | "forbidden" | "absent";

export interface MatrixRoute {
  /** `METHOD /path` as in the documents. */
  readonly name: string;
  readonly method: Route["method"];
  readonly path: string;
  readonly policy: Route["policy"];
  readonly row: Row;
}

/** @throws for a route without a row, and for a row without a route */
export function matrixRoutes({ platform, agent }: GatewayRoutes): readonly MatrixRoute[] {
  const rows = new Map([
    ...Object.entries({ ...PLATFORM_ROWS, ...AUTHORITY_ROWS, ...TELEMETRY_ROWS, ...IMAGE_ROWS, ...TARGET_ROWS }),
    ...Object.entries({ ...AGENT_ROWS, ...AGENT_AUTHORITY_ROWS }).map(([name, row]) => [inAgent(name), row] as const),
  ]);
  const routes = [
    ...platform.map((route) => ({ ...route, name: `${route.method} ${route.path}` })),
    ...agent.map((route) => ({ ...route, name: inAgent(`${route.method} ${route.path}`) })),
  ];
  const known = new Set(routes.map(({ name }) => name));
  const missing = routes.filter(({ name }) => !rows.has(name)).map(({ name }) => name);
  const left = [...rows.keys()].filter((name) => !known.has(name));
  if (missing.length > 0 || left.length > 0) {
    throw new Error(`routes without a row: [${missing.join(", ")}]; rows without a route: [${left.join(", ")}]`);
  }
  return routes.map(({ name, method, policy }) => {
    return { name, method, policy, path: name.slice(method.length + 1), row: rows.get(name) ?? {} };
  });
}

function inAgent(name: string): string {
  return name.replace(" ", " /agents/{agent}").replace(/\/agents\/\{agent\}\/$/, "/agents/{agent}");
}

/** Derived from the policy, ACTIONS and the row's exception. */
export function expected({ policy, row }: MatrixRoute, principal: Principal, resource: Resource): Outcome {
  const nobody = principal.kind === "anonymous";
  if (policy !== "none" && policy !== "anyone") {
    if (nobody) return "unauthenticated";
    if (policy !== "key" && !isAllowed(principal, policy)) return "forbidden";
  }
  const access: Access =
    row.access ?? (policy === "none" ? "everybody" : policy === "key" ? "signed_in" : actionOf(policy));
  // Whether a private thing exists is nothing that nobody may know.
  if (nobody && access !== "everybody") return "unauthenticated";
  if (resource !== "own") return "absent";
  if (isThrough(access, principal, row)) return "allowed";
  const seesIt = access === "agent.invoke" || (access === "task_owner" && isAllowed(principal, "task.read_all"));
  return seesIt ? "forbidden" : "absent";
}

function isThrough(access: Access, principal: Principal, { any = "user.manage" }: Row): boolean {
  if (access === "everybody" || access === "signed_in") return true;
  if (access === "task") return isAllowed(principal, "task.read_all");
  if (access === "maker") return false;
  if (access === "maker_or_admin" || access === "task_owner") return isAllowed(principal, any);
  return isAllowed(principal, access);
}

function actionOf(policy: Route["policy"]): Access {
  if (isAction(policy)) return policy;
  throw new Error(`a route for ${policy} needs a row that says who gets through`);
}

/** An Outcome, or what is none. */
export function outcomeOf(answer: Answer, after: readonly Reason[]): string {
  const reason = reasonOf(answer);
  // MCP tells models of failures in good answers.
  if (answer.json?.result?.isError === true) return `a tool's error: ${answer.text}`;
  if (reason === undefined) return answer.status < 400 ? "allowed" : `${answer.status} ${answer.text}`;
  if (after.includes(reason)) return "allowed";
  const status = REASONS[reason];
  if (status === "UNAUTHENTICATED") return "unauthenticated";
  if (status === "PERMISSION_DENIED") return "forbidden";
  if (status === "NOT_FOUND") return "absent";
  return `${answer.status} ${reason}: ${answer.text.slice(0, 200)}`;
}

/** Of an error in any of the forms. */
function reasonOf({ status, json, text }: Answer): Reason | undefined {
  if (status < 400 && json?.error === undefined) return undefined;
  const found = (/"reason":"([A-Z_]+)"/.exec(text) ?? /\(([A-Z_]+)\)\n/.exec(text))?.[1];
  return found !== undefined && found in REASONS ? (found as Reason) : undefined; // it is one of its keys
}

export function pathOf({ path, row }: MatrixRoute, params: Params): string {
  const all: Params = { ...row.fixed, ...params };
  const filled = path.replaceAll(/\{(\w+)(?:\.\.\.)?\}/g, (_match, name: string) => {
    const value = all[name];
    if (value === undefined) throw new Error(`${path}: the row gives no ${name}`);
    return value;
  });
  return row.query === undefined ? filled : `${filled}?${row.query}`;
}

/** Of the same shape and length as one that exists. */
export function absentLike(params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([name, id]) => [name, `${id.slice(0, -4)}zz0z`]));
}

/** What somebody sees of an answer, without what they sent and what every answer has of its own. */
export function visible({ status, headers, text }: Answer, params: Params): string {
  const { date: _date, "x-request-id": _request, "content-length": _length, ratelimit: _room, ...rest } = headers;
  const seen = JSON.stringify([status, rest, text]);
  return Object.values(params)
    .reduce((left, id) => left.replaceAll(id, "ID"), seen)
    .replaceAll(/req_[0-9a-z]{26}/g, "REQ")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "AT");
}
