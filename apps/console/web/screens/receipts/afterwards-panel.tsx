import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Badge } from "../../ui/badge.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { reviewsQuery } from "./receipt.ts";
import type { VerifiedAddendumSummary } from "./verify-messages.ts";

/** Reviews, evaluations and refunds: each a statement of its own in the log, verified with the receipt. */
export function AfterwardsPanel({
  id,
  addenda,
}: {
  readonly id: string;
  readonly addenda: readonly VerifiedAddendumSummary[];
}) {
  // A review that was just written is not in the bundle until it is sealed.
  const reviews = useQuery(reviewsQuery(id));
  const waiting = (reviews.data?.reviews ?? []).filter(({ leafIndex }) =>
    addenda.every(({ index }) => index !== leafIndex),
  );
  return (
    <Panel title="What was said afterwards">
      {addenda.length === 0 && waiting.length === 0 ? (
        <p className="text-sm text-muted">
          Nothing yet. A receipt never changes; what is said of it later is a leaf of its own.
        </p>
      ) : (
        <ul className="flex flex-col gap-3">
          {addenda.map((addendum) => (
            <li key={addendum.index} className="text-sm">
              <p className="flex flex-wrap items-center gap-2">
                {headline(addendum)}
                <span className="text-xs text-muted">leaf {addendum.index.toLocaleString("en")}, verified here</span>
              </p>
              <details>
                <summary className="min-h-6 text-xs">What is signed</summary>
                <JsonView value={addendum.predicate} label={`Addendum at leaf ${addendum.index}`} />
              </details>
            </li>
          ))}
          {waiting.map(({ reviewId, verdict, approver }) => (
            <li key={reviewId} className="text-sm">
              {plainText(approver)} {verdict}; newer than the file, look again to verify it.
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function headline({ kind, predicate }: VerifiedAddendumSummary): ReactNode {
  const said = (name: string): string => {
    const value =
      typeof predicate === "object" && predicate !== null
        ? Object.entries(predicate).find(([each]) => each === name)?.[1]
        : "";
    return typeof value === "string" || typeof value === "boolean" ? plainText(String(value)) : "";
  };
  switch (kind) {
    case "review":
      return (
        <>
          <Badge tone={said("verdict") === "approved" ? "good" : "bad"}>{said("verdict")}</Badge> by {said("approver")}
        </>
      );
    case "eval":
      return (
        <>
          <Badge tone={said("passed") === "true" ? "good" : "bad"}>score {said("score")}</Badge> suite {said("suite")}
        </>
      );
    default:
      return (
        <>
          <Badge tone="info">
            {said("amount")} {said("currency")}
          </Badge>{" "}
          by {said("by")}
        </>
      );
  }
}
