import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, path } from "../../api/client.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";

export function RemoveAgentDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const removal = useMutation({
    mutationFn: async () => await api(path`/v1/agents/${name}`, { method: "DELETE" }),
    onSuccess: async () => {
      onClose();
      await navigate({ to: "/agents" });
      queries.removeQueries({ queryKey: ["agents", "one", name] });
      await queries.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Remove ${name}`}
      word={name}
      action="Remove the agent"
      isBusy={removal.isPending}
      error={removal.error}
      onConfirm={() => removal.mutate()}
      onClose={onClose}
    >
      Its instances stop and its addresses answer no more. Its tasks, receipts and audit entries stay.
    </ConfirmDialog>
  );
}
