import type { JsonObject, Principal } from "@berth/protocol";

/**
 * What agents remember, for people. A request may name `scope` (`user`, by default, or `agent`) and `owner`, a principal
 * whose memory it is when it is not the caller's. One's own needs `memory.read` or `memory.write`; that of others, and
 * what an agent remembers for everybody, needs `memory.read_all` or `memory.write_all`. Writes are audited.
 * @throws AGENT_NOT_FOUND, PERMISSION_DENIED, INVALID_PARAMS, QUOTA_EXCEEDED, MODEL_FAILED
 */
export interface Memory {
  /** For whom the agent remembers something. Needs `memory.read_all`. */
  spaces(principal: Principal, agentName: string, request: JsonObject): Promise<JsonObject>;
  list(principal: Principal, agentName: string, request: JsonObject): Promise<JsonObject>;
  search(principal: Principal, agentName: string, request: JsonObject): Promise<JsonObject>;
  save(principal: Principal, agentName: string, request: JsonObject): Promise<JsonObject>;
  /** By `ids`, `key`, `filter`, or `all`. */
  remove(principal: Principal, agentName: string, request: JsonObject): Promise<JsonObject>;
}
