import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

interface Provider {
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly secret: string | null;
  readonly models: readonly {
    readonly name: string;
    readonly inputPrice: string | null;
    readonly outputPrice: string | null;
  }[];
}

interface Alias {
  readonly name: string;
  readonly models: readonly string[];
  readonly updatedAt: string;
}

const PRICE: JsonSchema = {
  type: "string",
  pattern: "^[0-9]+(\\.[0-9]{1,6})?$",
  description: "US dollars per million tokens.",
  examples: ["0.25"],
};
const PROVIDER: JsonSchema = {
  type: "object",
  required: ["name", "kind", "models"],
  properties: {
    name: { type: "string", title: "Name", pattern: "^[a-z][a-z0-9-]{0,62}$" },
    kind: { enum: ["openai", "anthropic", "gemini", "ollama"], title: "Speaks as" },
    baseUrl: { type: "string", format: "uri", title: "Address", description: "Default: the provider's own." },
    secret: {
      type: "string",
      title: "Secret with its key",
      maxLength: 64,
      description: "By its name in Secrets.",
      examples: ["OPENAI_API_KEY"],
    },
    models: {
      type: "array",
      title: "Models",
      minItems: 1,
      items: {
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string", title: "Model", minLength: 1 },
          inputPrice: { ...PRICE, title: "Input price" },
          outputPrice: { ...PRICE, title: "Output price" },
        },
      },
    },
    concurrency: { type: "integer", minimum: 1, title: "Calls at once" },
    timeoutSeconds: { type: "integer", minimum: 1, title: "Seconds until given up" },
  },
};
const ALIAS: JsonSchema = {
  type: "object",
  required: ["name", "models"],
  properties: {
    name: { type: "string", title: "Name", pattern: "^[a-z][a-z0-9-]{0,62}$", examples: ["fast"] },
    models: {
      type: "array",
      title: "Models, in this order",
      minItems: 1,
      items: { type: "string", pattern: "/", description: "provider/model" },
    },
  },
};

export function ModelsSection() {
  const providers = useList<Provider>("models", "/v1/models", "providers");
  const aliases = useList<Alias>("models", "/v1/models", "aliases");
  return (
    <div className="flex flex-col gap-4">
      <ResourceSection
        title="Model providers"
        what="the providers"
        about="Who answers agents' calls to models. The key is a secret that no agent sees; prices make the cost in traces and bills."
        queryKey="models"
        query={providers}
        keyOf={({ name }) => name}
        empty={{
          title: "No provider yet: agents have no models",
          command: "npx a2a models add openai --kind openai --secret OPENAI_API_KEY --models gpt-5-mini",
        }}
        creation={{ label: "Add provider", schema: PROVIDER, act: putNamed("providers") }}
        removal={{
          verb: "Remove",
          nameOf: ({ name }) => name,
          act: async ({ name }) => await api(path`/v1/models/providers/${name}`, { method: "DELETE" }),
          consequence: "Calls of its models fail from now on.",
        }}
        columns={[
          {
            head: "Provider",
            cell: ({ name, baseUrl }) => (
              <span className="flex flex-col">
                <span className="font-medium">{name}</span>
                <span className="text-xs break-all text-muted">{baseUrl}</span>
              </span>
            ),
          },
          { head: "Speaks as", cell: ({ kind }) => kind },
          { head: "Secret", wide: true, cell: ({ secret }) => secret ?? "none" },
          {
            head: "Models",
            cell: ({ models }) => (
              <ul>
                {models.map(({ name, inputPrice, outputPrice }) => (
                  <li key={name} className="break-all">
                    {name}{" "}
                    <span className="text-xs text-muted">
                      {inputPrice === null ? "no price" : `$${inputPrice} in, $${outputPrice ?? "0"} out per million`}
                    </span>
                  </li>
                ))}
              </ul>
            ),
          },
        ]}
      />
      <ResourceSection
        title="Model aliases"
        what="the aliases"
        about="A name for one or more models; the next is tried when one cannot answer."
        queryKey="models"
        query={aliases}
        keyOf={({ name }) => name}
        empty={{ title: "No aliases yet", command: "npx a2a models alias fast openai/gpt-5-mini" }}
        creation={{ label: "Add alias", schema: ALIAS, act: putNamed("aliases") }}
        removal={{
          verb: "Remove",
          nameOf: ({ name }) => name,
          act: async ({ name }) => await api(path`/v1/models/aliases/${name}`, { method: "DELETE" }),
          consequence: "Agents that ask for it are refused from now on.",
        }}
        columns={[
          { head: "Alias", cell: ({ name }) => <span className="font-medium">{name}</span> },
          { head: "Models", cell: ({ models }) => models.join(", then ") },
          { head: "Set", align: "right", wide: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
        ]}
      />
    </div>
  );
}

function putNamed(kind: "providers" | "aliases") {
  return async (value: unknown) => {
    // The form has seen to it that it has a name.
    const { name, ...body } = value as { readonly name: string };
    return await api(path`/v1/models/${kind}/${name}`, { method: "PUT", body });
  };
}
