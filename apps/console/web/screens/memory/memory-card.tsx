import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { MeterBar } from "../../ui/meter-bar.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Time } from "../../ui/time.tsx";
import { deleteItem } from "./memory.ts";
import type { MemoryHit, MemoryItem, Space } from "./memory.ts";

export interface MemoryCardProps {
  readonly item: MemoryItem | MemoryHit;
  readonly space: Space;
  readonly mayDelete: boolean;
  /** Of a search: how good it is against the best. */
  readonly share?: number;
}

const MAX_SHOWN = 2_000;

/** What is remembered, where it came from, and which run said so. */
export function MemoryCard({ item, space, mayDelete, share }: MemoryCardProps) {
  const { id, text, metadata, key, source, runId, eventSeq, createdAt } = item;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, MAX_SHOWN);
  return (
    <article
      aria-label={`Memory ${id}`}
      data-row
      tabIndex={-1}
      className="flex min-w-0 flex-col gap-2 px-4 py-3 focus-visible:bg-sunken"
    >
      {share === undefined || !("score" in item) ? undefined : <Score score={item.score} share={share} />}
      <p className="text-sm break-words whitespace-pre-wrap">
        {plainText(shown)}
        {text.length > shown.length ? (
          <Button small look="quiet" onClick={() => setWhole(true)}>
            {(text.length - shown.length).toLocaleString("en")} more characters
          </Button>
        ) : undefined}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
        {Object.entries(metadata)
          .slice(0, 12)
          .map(([name, value]) => (
            <Badge key={name}>
              {plainText(name)}: {plainText(typeof value === "string" ? value : JSON.stringify(value)).slice(0, 80)}
            </Badge>
          ))}
        {key === undefined ? undefined : <span>key {plainText(key)}</span>}
        {source === undefined ? undefined : <span>from {plainText(source)}</span>}
        {"from" in item ? (
          <span className="tabular-nums">
            characters {item.from.toLocaleString("en")} to {item.to.toLocaleString("en")}
          </span>
        ) : undefined}
        <Time at={createdAt} />
        {runId === undefined ? (
          "by" in item ? (
            <span>saved by {plainText(item.by)}</span>
          ) : undefined
        ) : (
          <span>
            saved by the run{" "}
            <Link
              to="/tasks/$id"
              params={{ id: runId }}
              search={eventSeq === undefined ? {} : { at: eventSeq }}
              className="font-mono underline"
            >
              {runId}
            </Link>
            {eventSeq === undefined ? "" : `, event ${eventSeq}`}
          </span>
        )}
        {mayDelete ? <Forget id={id} space={space} /> : undefined}
      </div>
    </article>
  );
}

function Score({ score, share }: { readonly score: number; readonly share: number }) {
  return (
    <p className="flex items-center gap-2 text-xs text-muted">
      <MeterBar label="Against the best" value={share} max={1} />
      <span className="font-mono tabular-nums">{score.toFixed(4)}</span>
    </p>
  );
}

function Forget({ id, space }: { readonly id: string; readonly space: Space }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const removing = useMutation({
    mutationFn: async () => await deleteItem(space, id),
    onSuccess: async () => {
      setAsking(false);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("memory-") });
    },
  });
  return (
    <>
      <Button small look="quiet" aria-label="Forget this" className="ml-auto" onClick={() => setAsking(true)}>
        <Trash2 size={13} aria-hidden />
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title="Forget this"
          action="Forget"
          isBusy={removing.isPending}
          error={removing.error}
          onConfirm={() => removing.mutate()}
          onClose={() => setAsking(false)}
        >
          {space.agent} does not find it any more. Receipts of runs that used it stay as they are.
        </ConfirmDialog>
      ) : undefined}
    </>
  );
}
