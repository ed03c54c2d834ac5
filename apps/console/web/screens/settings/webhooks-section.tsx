import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, path } from "../../api/client.ts";
import type { Agent, JsonSchema } from "../../api/types.ts";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { useList } from "./use-list.ts";

interface Webhook {
  readonly id: string;
  readonly agent: string;
  readonly skill: string;
  readonly kind: string;
  readonly url: string;
  readonly principalId: string;
  readonly createdAt: string;
}

/** Addresses where something outside starts a skill, agent by agent. */
export function WebhooksSection() {
  const [search, setSearch] = useSearchState();
  const agents = useQuery({
    queryKey: ["agents", "webhooks"],
    queryFn: async ({ signal }) => await api<{ agents: Agent[] }>("/v1/agents?pageSize=100", { signal }),
  });
  return (
    <Loaded query={agents} what="agents">
      {({ agents: listed }) => {
        const agent = listed.find(({ name }) => name === search["agent"]) ?? listed[0];
        if (agent === undefined) return <NoAgent />;
        return (
          <>
            <div className="max-w-60">
              <SelectField
                label="Agent"
                value={agent.name}
                onChange={(event) => setSearch({ agent: event.target.value })}
              >
                {listed.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </SelectField>
            </div>
            <Webhooks key={agent.name} agent={agent} />
          </>
        );
      }}
    </Loaded>
  );
}

function NoAgent() {
  return (
    <Panel title="Webhooks">
      <Empty title="There is no agent that could be started" command="npx a2a deploy examples/echo" />
    </Panel>
  );
}

function Webhooks({ agent: { name, skills } }: { readonly agent: Agent }) {
  const query = useList<Webhook>("webhooks", path`/v1/agents/${name}/webhooks`, "webhooks");
  return (
    <ResourceSection
      title="Webhooks"
      what="the webhooks"
      about="A signed delivery to such an address starts a skill; its JSON is the input. The tasks are yours, with the rights that you have when it comes."
      queryKey="webhooks"
      query={query}
      keyOf={({ id }) => id}
      empty={{
        title: "No webhooks yet",
        command: `npx a2a webhooks create ${shellWord(name)} ${shellWord(skills[0]?.id ?? "SKILL")}`,
      }}
      creation={{
        label: "Create webhook",
        schema: schemaOf(skills.map(({ id }) => id)),
        initial: { skill: skills[0]?.id, kind: "standard" },
        act: async (body) => await api(path`/v1/agents/${name}/webhooks`, { method: "POST", body }),
        shown: (answer) => {
          // Our own server's answer.
          const { url, secret } = answer as { readonly url: string; readonly secret: string };
          return (
            <>
              <p className="text-sm">
                Deliveries go to <code className="font-mono text-xs break-all">{url}</code>
              </p>
              <ShownOnce label="Webhook's secret" secret={secret}>
                The sender signs each delivery with it.
              </ShownOnce>
            </>
          );
        },
      }}
      removal={{
        verb: "Remove",
        nameOf: ({ id }) => id,
        act: async ({ id }) => await api(path`/v1/agents/${name}/webhooks/${id}`, { method: "DELETE" }),
        consequence: "Its sender's deliveries fail from now on.",
      }}
      columns={[
        { head: "Skill", cell: ({ skill }) => plainText(skill) },
        { head: "Kind", cell: ({ kind }) => kind },
        { head: "Address", cell: ({ url }) => <code className="font-mono text-xs break-all">{url}</code> },
        { head: "Made", align: "right", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          head: "Deliveries",
          cell: ({ principalId }) => (
            <Link to="/tasks" search={{ q: `agent:${name} caller:${principalId}` }}>
              Tasks of its caller
            </Link>
          ),
        },
      ]}
    />
  );
}

function schemaOf(skills: readonly string[]): JsonSchema {
  return {
    type: "object",
    required: ["skill", "kind"],
    properties: {
      skill: { title: "Skill", enum: skills },
      kind: {
        title: "Kind",
        enum: ["standard", "github", "hmac"],
        description: "How the sender signs: Standard Webhooks, GitHub's way, or HMAC-SHA256 of the body.",
      },
      secret: {
        type: "string",
        title: "Secret",
        format: "password",
        description: "The sender's, where it has one; default: a new one.",
      },
    },
  };
}
