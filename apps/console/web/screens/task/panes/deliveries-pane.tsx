import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, path } from "../../../api/client.ts";
import { Button } from "../../../ui/button.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Empty, Failure, Loaded } from "../../../ui/status.tsx";
import { Table } from "../../../ui/table.tsx";
import { Time } from "../../../ui/time.tsx";

interface Delivery {
  readonly deliveryId: string;
  readonly configId: string;
  readonly seq: number;
  readonly state: "pending" | "delivered" | "dead";
  readonly attempts: number;
  readonly updatedAt: string;
  readonly nextAttemptAt?: string;
  readonly lastError?: string;
}

/** What was posted to the webhooks of this task, and what was given up. */
export function DeliveriesPane({
  taskId,
  seq,
  onSeek,
}: {
  readonly taskId: string;
  readonly seq: number;
  readonly onSeek: (seq: number) => void;
}) {
  const queries = useQueryClient();
  const queryKey = ["task", taskId, "deliveries"];
  const query = useQuery({
    queryKey: [...queryKey, seq],
    queryFn: async ({ signal }) =>
      await api<{ readonly deliveries: readonly Delivery[] }>(path`/v1/tasks/${taskId}/deliveries`, { signal }),
    placeholderData: (before) => before,
  });
  const retry = useMutation({
    mutationFn: async (id: string) => await api(path`/v1/deliveries/${id}/retry`, { method: "POST" }),
    onSettled: async () => await queries.invalidateQueries({ queryKey }),
  });
  return (
    <Loaded query={query} what="the deliveries">
      {({ deliveries }) =>
        deliveries.length === 0 ? (
          <Empty title="Nothing is sent anywhere about this task.">
            A client that wants to be called back registers a push notification config with the task, by A2A:{" "}
            <code className="font-mono">CreateTaskPushNotificationConfig</code>.
          </Empty>
        ) : (
          <>
            {retry.error === null ? undefined : <Failure error={retry.error} />}
            <Table
              caption="Push deliveries"
              keyOf={({ deliveryId }) => deliveryId}
              rows={deliveries}
              columns={[
                { head: "State", cell: ({ state }) => <StateBadge state={state} /> },
                {
                  head: "Event",
                  align: "right",
                  cell: ({ seq: at }) => (
                    <button type="button" onClick={() => onSeek(at)} className="min-h-6 text-accent-text underline">
                      #{at}
                    </button>
                  ),
                },
                {
                  head: "Config",
                  wide: true,
                  cell: ({ configId }) => <span className="font-mono text-xs break-all">{configId}</span>,
                },
                { head: "Attempts", align: "right", cell: ({ attempts }) => attempts },
                { head: "Last", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
                {
                  head: "Next",
                  cell: ({ nextAttemptAt, state }) =>
                    nextAttemptAt === undefined || state !== "pending" ? "" : <Time at={nextAttemptAt} />,
                },
                {
                  head: "Error",
                  cell: ({ lastError }) => <span className="break-words">{plainText(lastError ?? "")}</span>,
                },
                {
                  head: "",
                  cell: ({ deliveryId, state }) =>
                    state === "dead" ? (
                      <Button small disabled={retry.isPending} onClick={() => retry.mutate(deliveryId)}>
                        Send again
                      </Button>
                    ) : undefined,
                },
              ]}
            />
          </>
        )
      }
    </Loaded>
  );
}
