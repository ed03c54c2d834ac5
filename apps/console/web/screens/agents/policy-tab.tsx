import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import type { AgentDetail } from "./agent-queries.ts";

const SECTIONS = [
  "resources",
  "scale",
  "timeouts",
  "limits",
  "memory",
  "models",
  "canary",
  "retry",
  "evals",
  "price",
] as const;

/** What it may do and reach, as berth.json set it for the live release. */
export function PolicyTab({ agent }: { readonly agent: AgentDetail }) {
  const { config } = agent;
  if (config === undefined) {
    return (
      <Panel title="Policy">
        <p className="text-muted">
          {agent.kind === "deployed"
            ? "What berth.json allows it is shown to those who may deploy or operate."
            : "It runs elsewhere, so the platform does not confine it; callers are checked here all the same."}
        </p>
      </Panel>
    );
  }
  const egress = config.egress ?? [];
  const upstreams = Object.entries(config.upstreams ?? {});
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel title="May connect to">
        {egress.length === 0 && upstreams.length === 0 ? (
          <p className="text-muted">Nothing: every connection is refused, and each attempt is an event of its task.</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {egress.map((rule) => (
              <li key={JSON.stringify(rule)} className="font-mono text-xs break-all">
                {typeof rule === "string" ? rule : JSON.stringify(rule)}
              </li>
            ))}
            {upstreams.map(([name, upstream]) => (
              <li key={name}>
                <JsonView label={`Upstream ${name}`} value={{ [name]: upstream }} />
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Who may call it, and what it reads">
        <Facts
          facts={[
            { name: "Seen by", value: agent.visibility },
            { name: "Isolation", value: agent.trusted ? "none: it is trusted" : (config.isolation ?? "process") },
            { name: "Credentials", value: config.auth?.schemes?.join(", ") ?? "bearer, apiKey, oauth2" },
            { name: "OAuth scopes", value: listed(config.auth?.requiredScopes) },
            { name: "Reads files", value: listed(config.workspace?.read) },
            { name: "Writes files", value: config.workspace?.write === false ? "no" : "below outputs/ of its run" },
          ]}
        />
      </Panel>
      {SECTIONS.map((section) =>
        isShown(config[section]) ? (
          <Panel key={section} title={section[0]?.toUpperCase() + section.slice(1)}>
            <Facts facts={factsOf(config[section])} />
          </Panel>
        ) : undefined,
      )}
    </div>
  );
}

function listed(values: readonly string[] | undefined): string {
  return values === undefined || values.length === 0 ? "none" : values.join(", ");
}

function isShown(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function factsOf(section: unknown) {
  // `isShown` has seen that it is an object.
  return Object.entries(section as object).map(([name, value]: [string, unknown]) => ({
    name,
    value: typeof value === "string" ? value : JSON.stringify(value),
  }));
}
