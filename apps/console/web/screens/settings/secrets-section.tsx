import { Link } from "@tanstack/react-router";
import { api, path, search } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

interface Secret {
  readonly name: string;
  readonly agent: string | null;
  readonly hosts: readonly string[] | null;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly usedBy: readonly string[];
}

interface NewSecret {
  readonly name: string;
  readonly value: string;
  readonly agent?: string;
  readonly hosts?: readonly string[];
}

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["name", "value"],
  properties: {
    name: {
      type: "string",
      title: "Name",
      pattern: "^[A-Z][A-Z0-9_]*$",
      maxLength: 64,
      description: "As berth.json names it.",
      examples: ["OPENAI_API_KEY"],
    },
    value: {
      type: "string",
      title: "Value",
      format: "password",
      minLength: 8,
      description: "It goes in here and comes out nowhere.",
    },
    hosts: {
      type: "array",
      title: "Hosts",
      items: { type: "string", maxLength: 253 },
      description: "It is sent to these only.",
    },
    agent: { type: "string", title: "Agent", maxLength: 39, description: "For this one alone; default: for all." },
  },
};

export function SecretsSection() {
  const query = useList<Secret>("secrets", "/v1/secrets", "secrets");
  return (
    <ResourceSection
      title="Secrets"
      what="the secrets"
      about="Agents use a secret in the headers of their upstreams and never see it. Setting one again replaces its value."
      queryKey="secrets"
      query={query}
      keyOf={({ name, agent }) => `${agent ?? ""}/${name}`}
      empty={{ title: "No secrets yet", command: "npx a2a secrets set OPENAI_API_KEY --host api.openai.com" }}
      creation={{
        label: "Set secret",
        schema: SCHEMA,
        // The form has seen to its shape.
        act: async (value) => {
          const { name, agent, ...body } = value as NewSecret;
          return await api(`${path`/v1/secrets/${name}`}${search({ agent })}`, { method: "PUT", body });
        },
      }}
      removal={{
        verb: "Remove",
        nameOf: ({ name }) => name,
        act: async ({ name, agent }) =>
          await api(`${path`/v1/secrets/${name}`}${search({ agent: agent ?? undefined })}`, { method: "DELETE" }),
        consequence: "Calls that need it fail from now on.",
      }}
      columns={[
        { head: "Name", cell: ({ name }) => <code className="font-mono text-xs">{name}</code> },
        { head: "For", cell: ({ agent }) => agent ?? "all agents" },
        { head: "Sent to", cell: ({ hosts }) => (hosts === null ? "any upstream that names it" : hosts.join(", ")) },
        {
          head: "Used by",
          wide: true,
          cell: ({ usedBy }) =>
            usedBy.length === 0
              ? "nobody"
              : usedBy.map((name) => (
                  <Link key={name} to="/agents/$name" params={{ name }} search={{ tab: "policy" }} className="mr-2">
                    {name}
                  </Link>
                )),
        },
        { head: "Version", align: "right", wide: true, cell: ({ version }) => version },
        { head: "Set", align: "right", wide: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
      ]}
    />
  );
}
