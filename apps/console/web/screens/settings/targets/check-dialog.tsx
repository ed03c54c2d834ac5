import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { api, path } from "../../../api/client.ts";
import type { TargetCheck } from "../../../api/targets.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Loaded } from "../../../ui/status.tsx";

/** Asks the target, and says what is missing. */
export function CheckDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const query = useQuery({
    queryKey: ["targets", "check", name],
    queryFn: async ({ signal }) => await api<TargetCheck>(path`/v1/targets/${name}/check`, { method: "POST", signal }),
    gcTime: 0,
    retry: false,
  });
  return (
    <Dialog title={`Check ${name}`} onClose={onClose}>
      <Loaded query={query} what="what the target says">
        {({ ok, problems, warnings }) => (
          <div role="status">
            <ul className="flex flex-col gap-3">
              {ok ? (
                <li className="flex items-start gap-2 font-medium text-good">
                  <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0" />
                  It answers, and agents can be deployed to it.
                </li>
              ) : undefined}
              {problems.map(({ message, hint }) => (
                <li key={message} className="flex items-start gap-2">
                  <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
                  <span className="min-w-0 break-words">
                    <span className="font-medium text-bad">{message}</span>
                    {hint === undefined ? undefined : <span className="block">{hint}</span>}
                  </span>
                </li>
              ))}
              {warnings.map((warning) => (
                <li key={warning} className="flex items-start gap-2 text-muted">
                  <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
                  <span className="min-w-0 break-words">{warning}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
      </Loaded>
      <div className="mt-4 flex gap-2">
        <Button onClick={() => void query.refetch()} disabled={query.isFetching}>
          {query.isFetching ? "Asking …" : "Check again"}
        </Button>
        <Button look="quiet" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
