import { createHash } from "node:crypto";

/** What every client that we know of takes: some count the server's name in, and refuse `.` and `-`. */
const MAX_LENGTH = 64;
const HASH_LENGTH = 8;

/** On an agent's own server. MCP allows letters, digits, `_`, `.` and `-`, at most 128. */
export function ownName(id: string): string {
  const name = id.replaceAll(/[^A-Za-z0-9_.-]/g, "_").slice(0, 120);
  return name === "" ? "skill" : name;
}

/**
 * `<agent>__<skill>` in `[a-z0-9_]`, on the server of all agents. It depends on nothing but the two names, so it stays
 * when other agents come and go; where writing it like this loses something, a hash of the two keeps it unique.
 */
export function prefixedName(agent: string, id: string): string {
  const skill = id.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_");
  const name = `${prefixOf(agent)}${skill}`;
  if (skill === id && id !== "" && !isAmbiguous(agent, id) && name.length <= MAX_LENGTH) return name;
  const hash = createHash("sha256")
    .update(JSON.stringify([agent, id]))
    .digest("hex")
    .slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}

/** The agent a prefixed name most likely belongs to; undefined when it cannot be told. */
export function agentOfPrefixed(name: string): string | undefined {
  const end = name.indexOf("__");
  return end <= 0 ? undefined : name.slice(0, end).replaceAll("_", "-");
}

function prefixOf(agent: string): string {
  return `${agent.replaceAll("-", "_")}__`;
}

/** Two pairs could be written the same: where the separator is could be read in two ways. */
function isAmbiguous(agent: string, id: string): boolean {
  return agent.includes("--") || agent.endsWith("-") || id.includes("__") || id.startsWith("_");
}
