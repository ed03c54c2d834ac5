import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { api } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { CliLine } from "../../ui/cli-line.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Failure } from "../../ui/status.tsx";

/** An agent that runs elsewhere becomes one of these, by the address of its card. */
export function ImportAgentDialog({ onClose }: { readonly onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const importing = useMutation({
    mutationFn: async (body: object) => await api<Agent>("/v1/agents/import", { method: "POST", body }),
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: ["agents"] });
      onClose();
      await navigate({ to: "/agents/$name", params: { name } });
    },
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const filled = [...new FormData(event.currentTarget)].filter(([, value]) => value !== "");
    importing.mutate(Object.fromEntries(filled));
  }
  return (
    <Dialog title="Import remote agent" onClose={onClose}>
      <form className="flex flex-col gap-3" onSubmit={submit}>
        <TextField
          label="Address"
          name="url"
          type="url"
          required
          placeholder="https://agents.example.com/weather"
          hint="Of the agent or of its card. The platform fetches the card and keeps it."
        />
        <TextField label="Name here (optional)" name="name" autoComplete="off" hint="Default: the card's name." />
        <SelectField label="Who may see it" name="visibility" defaultValue="private">
          <option value="private">Callers with a key</option>
          <option value="public">Everybody</option>
        </SelectField>
        <TextField
          label="Credential (optional)"
          name="credential"
          type="password"
          autoComplete="off"
          hint="The token or key that the agent asks for. It is kept encrypted and never shown again."
        />
        {importing.error === null ? undefined : <Failure error={importing.error} />}
        <div className="flex gap-2">
          <Button type="submit" look="primary" disabled={importing.isPending}>
            {importing.isPending ? "Fetching its card …" : "Import"}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
      <CliLine command="npx a2a import URL" />
    </Dialog>
  );
}
