import { ROLES } from "@berth/protocol";
import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

interface Issuer {
  readonly id: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri: string | null;
  readonly bindings: readonly {
    readonly subject?: string;
    readonly email?: string;
    readonly role: string;
    readonly agents?: readonly string[];
  }[];
  readonly singleUse: boolean;
  readonly createdAt: string;
}

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["issuer", "bindings"],
  properties: {
    issuer: {
      type: "string",
      title: "Issuer",
      minLength: 1,
      maxLength: 2_048,
      description: "Its address, or mtls for client certificates.",
      examples: ["https://token.actions.githubusercontent.com"],
    },
    audiences: {
      type: "array",
      title: "Audiences",
      items: { type: "string", maxLength: 512 },
      description: "Default: this platform's address.",
    },
    jwksUri: { type: "string", format: "uri", title: "Keys", description: "Default: what the issuer's metadata says." },
    bindings: {
      type: "array",
      title: "Who they are here",
      minItems: 1,
      items: {
        type: "object",
        required: ["role"],
        properties: {
          subject: {
            type: "string",
            title: "Subject",
            maxLength: 512,
            description: "Of the token; * stands for any text.",
          },
          email: { type: "string", title: "Or email", maxLength: 254 },
          role: { enum: Object.keys(ROLES), title: "Role" },
        },
      },
    },
    singleUse: { type: "boolean", title: "Each token once only" },
  },
};

export function IssuersSection() {
  const query = useList<Issuer>("issuers", "/v1/issuers", "issuers");
  return (
    <ResourceSection
      title="Issuers"
      what="the issuers"
      about="Whose identities are trusted: a company's sign-in, a CI's workload tokens, client certificates. Each says who is what here."
      queryKey="issuers"
      query={query}
      keyOf={({ id }) => id}
      empty={{
        title: "No issuer is trusted",
        command: "npx a2a issuers add https://accounts.google.com --email ada@example.com=invoker",
      }}
      creation={{
        label: "Trust issuer",
        schema: SCHEMA,
        act: async (body) => await api("/v1/issuers", { method: "POST", body }),
      }}
      removal={{
        verb: "Remove",
        nameOf: ({ issuer }) => issuer,
        act: async ({ id }) => await api(path`/v1/issuers/${id}`, { method: "DELETE" }),
        consequence: "Its tokens are refused at once.",
      }}
      columns={[
        { head: "Issuer", cell: ({ issuer }) => <span className="font-medium break-all">{issuer}</span> },
        {
          head: "Who is what",
          cell: ({ bindings }) => (
            <ul>
              {bindings.map((binding) => (
                <li key={JSON.stringify(binding)} className="break-all">
                  {binding.subject ?? binding.email} is {binding.role}
                </li>
              ))}
            </ul>
          ),
        },
        {
          head: "Audiences",
          wide: true,
          cell: ({ audiences }) => <span className="break-all">{audiences.join(", ")}</span>,
        },
        { head: "Since", align: "right", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
      ]}
    />
  );
}
