import { ROLES } from "@berth/protocol";
import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { useList } from "./use-list.ts";

interface OAuthClient {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly kind: "public" | "confidential";
  readonly role: string | null;
  readonly createdAt: string;
}

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["name", "kind"],
  properties: {
    name: { type: "string", title: "Name", minLength: 1, maxLength: 100 },
    kind: {
      enum: ["public", "confidential"],
      title: "Kind",
      description: "A confidential one keeps a secret; a browser or a laptop cannot.",
    },
    redirectUris: {
      type: "array",
      title: "Addresses to return to",
      items: { type: "string", format: "uri", maxLength: 2_048 },
    },
    scopes: { type: "array", title: "Scopes", items: { type: "string", maxLength: 64 } },
    role: { enum: Object.keys(ROLES), title: "Role", description: "What it may do by itself, without a person." },
  },
};

export function ClientsSection() {
  const query = useList<OAuthClient>("clients", "/v1/clients", "clients");
  return (
    <ResourceSection
      title="OAuth clients"
      what="the clients"
      about="Programs that people sign in through, or that act by themselves with a role."
      queryKey="clients"
      query={query}
      keyOf={({ id }) => id}
      empty={{
        title: "No OAuth clients yet",
        command: "npx a2a clients add dashboard --redirect https://dash.example.com/callback",
      }}
      creation={{
        label: "Add client",
        schema: SCHEMA,
        initial: { kind: "public" },
        act: async (body) => await api("/v1/clients", { method: "POST", body }),
        shown: (answer) => <Added {...(answer as { id: string; secret: string | null })} />,
      }}
      removal={{
        verb: "Remove",
        nameOf: ({ name }) => name,
        act: async ({ id }) => await api(path`/v1/clients/${id}`, { method: "DELETE" }),
        consequence: "Nobody signs in through it any more, and what it does by itself ends at once.",
      }}
      columns={[
        {
          head: "Client",
          cell: ({ name, id }) => (
            <span className="flex flex-col">
              <span className="font-medium break-words">{name}</span>
              <code className="font-mono text-xs break-all text-muted">{id}</code>
            </span>
          ),
        },
        { head: "Kind", cell: ({ kind }) => kind },
        { head: "Scopes", wide: true, cell: ({ scopes }) => scopes.join(", ") },
        { head: "Role", cell: ({ role }) => role ?? "none" },
        {
          head: "Returns to",
          wide: true,
          cell: ({ redirectUris }) => <span className="break-all">{redirectUris.join(", ")}</span>,
        },
        { head: "Made", align: "right", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
      ]}
    />
  );
}

function Added({ id, secret }: { readonly id: string; readonly secret: string | null }) {
  return (
    <>
      <p>
        Client id <code className="font-mono text-xs break-all">{id}</code>
      </p>
      {secret === null ? undefined : <ShownOnce label="Client secret" secret={secret} />}
    </>
  );
}
