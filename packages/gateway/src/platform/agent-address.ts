import type { Edge } from "../edge/edge.ts";

/**
 * Where an agent is reached, without a trailing slash: its own host where there is a domain for it; on a laptop the
 * path on the platform's host, because few resolvers outside browsers know `<name>.localhost`.
 */
export function agentAddress({ baseUrl, domain }: Pick<Edge, "baseUrl" | "domain">, name: string): string {
  const base = new URL(baseUrl());
  if (domain === "localhost") return `${base.origin}/agents/${name}`;
  return `${base.protocol}//${name}.${domain}${base.port === "" ? "" : `:${base.port}`}`;
}
