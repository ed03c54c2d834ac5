const MAX_LENGTH = 39;

/** An agent's name is its host name's first label and a path segment. */
export const AGENT_NAME_PATTERN: RegExp = /^[a-z][a-z0-9-]{0,38}$/;

/** Makes any text an agent name: `"CsvAnalyst (v2)"` becomes `csv-analyst-v2`. */
export function toAgentName(text: string): string {
  const words = text
    .slice(0, 1000)
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "");
  const name = /^[a-z]/.test(words) ? words : `agent-${words}`;
  return name.slice(0, MAX_LENGTH).replace(/-+$/, "");
}
