import { SCOPES } from "@berth/protocol";
import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Badge } from "../../ui/badge.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { useList } from "./use-list.ts";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
  readonly agents: readonly string[] | null;
  readonly cidrs: readonly string[] | null;
}

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["name", "scopes"],
  properties: {
    name: { type: "string", title: "Name", minLength: 1, maxLength: 100, description: "What it is for, such as CI." },
    scopes: {
      type: "array",
      title: "Rights",
      uniqueItems: true,
      minItems: 1,
      items: { enum: SCOPES },
      description: "admin has all but owner's; the rest is what its name says.",
    },
    expiresInDays: { type: "integer", title: "Days until it expires", minimum: 1, maximum: 3_650 },
    agents: {
      type: "array",
      title: "Agents",
      items: { type: "string", maxLength: 39 },
      description: "Only these exist for it.",
    },
    cidrs: {
      type: "array",
      title: "Networks",
      items: { type: "string", maxLength: 64 },
      description: "Only from these, such as 10.0.0.0/8.",
    },
  },
};

export function KeysSection() {
  const query = useList<ApiKey>("keys", "/v1/keys", "keys");
  return (
    <ResourceSection
      title="API keys"
      what="the keys"
      about="For programs: each with the rights it needs and no more. A key is shown once and kept as a hash."
      queryKey="keys"
      query={query}
      keyOf={({ id }) => id}
      empty={{ title: "No keys yet", command: "npx a2a keys create ci --scope deploy" }}
      creation={{
        label: "Create key",
        schema: SCHEMA,
        initial: { scopes: ["invoke"] },
        act: async (body) => await api<{ key: string }>("/v1/keys", { method: "POST", body }),
        shown: (answer) => <ShownOnce label="API key" secret={(answer as { key: string }).key} />,
      }}
      removal={{
        verb: "Revoke",
        nameOf: ({ name }) => name,
        act: async ({ id }) => await api(path`/v1/keys/${id}`, { method: "DELETE" }),
        consequence: "Whoever uses it is refused at once. It cannot be brought back.",
        isOffered: ({ revokedAt }) => revokedAt === null,
      }}
      columns={[
        {
          head: "Name",
          cell: ({ name, id }) => (
            <span className="flex flex-col">
              <span className="font-medium break-words">{name}</span>
              <code className="font-mono text-xs text-muted">{id}</code>
            </span>
          ),
        },
        {
          head: "Rights",
          cell: ({ scopes, agents, cidrs }) => (
            <span className="flex flex-wrap gap-1">
              {scopes.map((scope) => (
                <Badge key={scope} tone={scope === "owner" || scope === "admin" ? "warn" : "plain"}>
                  {scope}
                </Badge>
              ))}
              {agents === null ? undefined : <span className="text-xs text-muted">for {agents.join(", ")}</span>}
              {cidrs === null ? undefined : <span className="text-xs text-muted">from {cidrs.join(", ")}</span>}
            </span>
          ),
        },
        {
          head: "Last used",
          wide: true,
          cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Time at={lastUsedAt} />),
        },
        {
          head: "Expires",
          wide: true,
          cell: ({ expiresAt }) => (expiresAt === null ? "never" : <Time at={expiresAt} />),
        },
        { head: "State", cell: (key) => <StateBadge state={stateOf(key)} /> },
      ]}
    />
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) < Date.now() ? "expired" : "active";
}
