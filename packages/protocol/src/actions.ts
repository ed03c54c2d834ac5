import { hasScope } from "./principal.ts";
import type { Principal, Scope } from "./principal.ts";

/**
 * Everything that needs a right, as `noun.verb`, with the scopes of which one suffices. Routes and use cases name these;
 * what is not listed cannot be allowed. What owning a thing allows beside (one's own tasks) is the use case's to say.
 */
export const ACTIONS = {
  "agent.invoke": ["invoke"],
  "agent.deploy": ["deploy"],
  "agent.remove": ["deploy"],
  "agent.import": ["deploy"],
  "agent.inspect": ["deploy", "operate", "read"],
  "agent.traffic": ["deploy", "operate"],
  "agent.preview": ["deploy", "operate"],
  "eval.read": ["deploy", "read"],
  "eval.run": ["deploy"],
  "eval.skip": ["admin"],
  "deployment.create": ["deploy"],
  "deployment.read": ["deploy"],
  "deployment.cancel": ["deploy"],
  "webhook.manage": ["invoke"],
  "task.read_all": ["read", "audit"],
  "task.cancel_any": ["operate"],
  "task.continue_any": ["admin"],
  "delivery.retry_any": ["operate"],
  "receipt.list": ["read", "audit"],
  "receipt.erase": ["owner"],
  "checkpoint.enter": ["invoke"],
  "review.write": ["approve"],
  "ledger.check": ["read", "audit"],
  "ledger_key.read": ["read", "audit"],
  "ledger_key.manage": ["admin"],
  "audit.read": ["audit"],
  "key.manage": ["admin"],
  "card_key.manage": ["admin"],
  "user.read": ["admin", "audit"],
  "user.manage": ["admin"],
  "owner.manage": ["owner"],
  "organization.manage": ["owner"],
  "issuer.manage": ["admin"],
  "client.manage": ["admin"],
  "secret.read": ["deploy", "operate"],
  "secret.manage": ["deploy"],
  "workspace.read": ["read", "deploy"],
  "workspace.write": ["deploy"],
  "memory.read": ["invoke", "read", "audit"],
  "memory.read_all": ["read", "audit"],
  "memory.write": ["invoke", "operate"],
  "memory.write_all": ["operate"],
  "grant.read": ["read", "operate", "audit"],
  "grant.revoke": ["operate"],
  "approval.read": ["approve", "audit"],
  "approval.decide": ["approve"],
  "policy.manage": ["admin"],
  "model.read": ["deploy", "operate", "read"],
  "model.manage": ["admin"],
  "limit.read": ["operate", "read"],
  "limit.manage": ["admin"],
  "billing.read": ["read", "audit"],
  "billing.manage": ["admin"],
  "telemetry.read": ["deploy", "operate", "read"],
  "telemetry.ingest": ["ingest", "deploy"],
  "telemetry.manage": ["admin"],
  "agent.attach": ["deploy"],
  "image.read": ["deploy", "read"],
  "image.write": ["deploy"],
  "image.delete": ["admin"],
  "repository.manage": ["deploy"],
  "target.read": ["deploy", "operate", "read"],
  "target.manage": ["admin"],
} as const;
export type Action = keyof typeof ACTIONS;

/** What concerns all agents together: no right of a credential that only some of them exist for. */
const ACROSS_AGENTS: ReadonlySet<Action> = new Set<Action>([
  "approval.read",
  "approval.decide",
  "grant.read",
  "grant.revoke",
  "ledger.check",
  "workspace.read",
  "workspace.write",
]);

export function isAcrossAgents(action: Action): boolean {
  return ACROSS_AGENTS.has(action);
}

/** Denies by default: nobody has a scope that they were not given. */
export function isAllowed(principal: Pick<Principal, "scopes" | "agents">, action: Action): boolean {
  if (principal.agents !== undefined && isAcrossAgents(action)) return false;
  const anyOf: readonly Scope[] = ACTIONS[action];
  return anyOf.some((scope) => hasScope(principal, scope));
}

export function isAction(text: unknown): text is Action {
  return typeof text === "string" && Object.hasOwn(ACTIONS, text);
}
