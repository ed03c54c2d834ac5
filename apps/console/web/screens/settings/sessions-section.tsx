import { useMutation } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";
import { whoAmI } from "../../api/session.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SchemaForm } from "../../ui/schema-form/schema-form.tsx";
import { Failure, Loaded } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";
import { browserName } from "./browser-name.ts";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

interface Session {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly userAgent: string | null;
}

const PASSWORD: JsonSchema = {
  type: "object",
  required: ["password"],
  properties: {
    current: { type: "string", format: "password", title: "Password now" },
    password: { type: "string", format: "password", title: "New password", minLength: 12 },
  },
};

export function SessionsSection() {
  const query = useList<Session>("sessions", "/v1/sessions", "sessions");
  const who = useQuery(whoAmI);
  const change = useMutation({
    mutationFn: async (body: unknown) => await api("/v1/password", { method: "POST", body }),
  });
  return (
    <div className="flex flex-col gap-4">
      <Panel title="You">
        <Loaded query={who} what="who you are">
          {({ name, id, kind, orgId, scopes, organizations }) => (
            <Facts
              facts={[
                { name: "Name", value: name ?? id },
                { name: "Signed in as", value: kind.replaceAll("_", " ") },
                { name: "Id", value: <code className="font-mono text-xs break-all">{id}</code> },
                { name: "Organization", value: organizations.find((each) => each.orgId === orgId)?.name ?? orgId },
                { name: "Rights", value: scopes.join(", ") },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <ResourceSection
        title="Sessions"
        what="your sessions"
        about="Browsers that are signed in as you. Ending this one signs you out."
        queryKey="sessions"
        query={query}
        keyOf={({ id }) => id}
        empty={{ title: "No sessions", command: "npx a2a login" }}
        removal={{
          verb: "End",
          nameOf: ({ id }) => id,
          act: async ({ id }) => await api(path`/v1/sessions/${id}`, { method: "DELETE" }),
          consequence: "That browser is signed out at once.",
        }}
        columns={[
          { head: "Browser", cell: ({ userAgent }) => <span title={userAgent ?? ""}>{browserName(userAgent)}</span> },
          { head: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
          { head: "Last used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
          { head: "Ends", wide: true, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
        ]}
      />
      {who.data?.kind === "user" ? (
        <Panel title="Password">
          <div className="max-w-sm">
            <SchemaForm
              label="New password"
              schema={PASSWORD}
              submitLabel="Change password"
              isBusy={change.isPending}
              onSubmit={change.mutate}
            />
            {change.error === null ? undefined : <Failure error={change.error} />}
            <p role="status" className="text-sm text-good">
              {change.isSuccess ? "Changed. Your other sessions have ended." : ""}
            </p>
          </div>
        </Panel>
      ) : undefined}
    </div>
  );
}
