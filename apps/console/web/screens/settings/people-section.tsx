import { ROLES } from "@berth/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField } from "../../ui/field.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure } from "../../ui/status.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { useList } from "./use-list.ts";

interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly createdAt: string;
  readonly disabledAt: string | null;
}

const ROLE_NAMES = Object.keys(ROLES);
const SCHEMA: JsonSchema = {
  type: "object",
  required: ["email", "role"],
  properties: {
    email: { type: "string", format: "email", title: "Email", maxLength: 254 },
    name: { type: "string", title: "Name", maxLength: 100 },
    role: { enum: ROLE_NAMES, title: "Role" },
  },
};
const CODE_HINT = "They sign in with it once, within 72 hours, and choose a password then.";

export function PeopleSection() {
  const queries = useQueryClient();
  const query = useList<Person>("users", "/v1/users", "users");
  const [code, setCode] = useState<string | undefined>();
  const change = useMutation({
    mutationFn: async ({ id, verb, body }: { readonly id: string; readonly verb: string; readonly body?: object }) =>
      await api<{ code?: string }>(path`/v1/users/${id}/${verb}`, {
        method: "POST",
        ...(body === undefined ? {} : { body }),
      }),
    onSuccess: async (answer, { verb }) => {
      if (verb === "code") setCode(answer.code);
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
  });
  return (
    <>
      {change.error === null ? undefined : <Failure error={change.error} />}
      <ResourceSection
        title="People and roles"
        what="the people"
        about={
          <ul className="flex flex-wrap gap-x-4">
            {Object.entries(ROLES).map(([role, scopes]) => (
              <li key={role}>
                <span className="font-medium text-text">{role}</span> {scopes.join(", ")}
              </li>
            ))}
          </ul>
        }
        queryKey="users"
        query={query}
        keyOf={({ id }) => id}
        empty={{
          title: "No people yet: this platform is used by keys",
          command: "npx a2a users add you@example.com --role owner",
        }}
        creation={{
          label: "Add person",
          schema: SCHEMA,
          initial: { role: "developer" },
          act: async (body) => await api("/v1/users", { method: "POST", body }),
          shown: (answer) => <Added code={(answer as { code?: string }).code} />,
        }}
        removal={{
          verb: "Remove",
          nameOf: ({ email }) => email,
          act: async ({ id }) => await api(path`/v1/users/${id}`, { method: "DELETE" }),
          consequence: "They and the keys they made are shut out at once. What they did stays in the audit log.",
        }}
        columns={[
          {
            head: "Person",
            cell: ({ email, name }) => (
              <span className="flex flex-col">
                <span className="font-medium break-all">{email}</span>
                <span className="text-xs text-muted">{name}</span>
              </span>
            ),
          },
          {
            head: "Role",
            cell: ({ id, email, role }) => (
              <SelectField
                label={`Role of ${email}`}
                hiddenLabel
                className="min-w-28"
                value={role}
                disabled={change.isPending}
                onChange={(event) => change.mutate({ id, verb: "role", body: { role: event.currentTarget.value } })}
              >
                {ROLE_NAMES.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </SelectField>
            ),
          },
          {
            head: "State",
            wide: true,
            cell: ({ disabledAt }) => <StateBadge state={disabledAt === null ? "active" : "disabled"} />,
          },
          {
            head: "Change",
            cell: ({ id, email, disabledAt }) => (
              <span className="flex flex-wrap gap-1">
                <Button
                  small
                  aria-label={`${disabledAt === null ? "Disable" : "Enable"} ${email}`}
                  disabled={change.isPending}
                  onClick={() => change.mutate({ id, verb: disabledAt === null ? "disable" : "enable" })}
                >
                  {disabledAt === null ? "Disable" : "Enable"}
                </Button>
                <Button
                  small
                  aria-label={`New code for ${email}`}
                  disabled={change.isPending}
                  onClick={() => change.mutate({ id, verb: "code" })}
                >
                  New code
                </Button>
              </span>
            ),
          },
        ]}
      />
      {code === undefined ? undefined : (
        <Dialog title="New code" onClose={() => setCode(undefined)}>
          <Added code={code} />
        </Dialog>
      )}
    </>
  );
}

function Added({ code }: { readonly code: string | undefined }) {
  if (code === undefined) return <p>They have an account here already and sign in as they always do.</p>;
  return (
    <ShownOnce label="Sign-in code" secret={code}>
      {CODE_HINT}
    </ShownOnce>
  );
}
