import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { Release } from "./agent-queries.ts";
import { shortRelease } from "./short-release.ts";

export interface ReleaseTableProps {
  readonly releases: readonly Release[];
  readonly isBusy: boolean;
  readonly onPromote: (release: string) => void;
}

export function ReleaseTable({ releases, isBusy, onPromote }: ReleaseTableProps) {
  return (
    <Table
      caption="Releases, newest first"
      rows={releases}
      keyOf={({ release }) => release}
      columns={[
        {
          head: "Release",
          cell: ({ release, version }) => (
            <span className="flex items-center gap-2 whitespace-nowrap">
              <span className="font-medium">v{version}</span>
              <code className="font-mono text-xs text-muted" title={release}>
                {shortRelease(release)}
              </code>
              <CopyButton text={release} label={`Copy the id of ${shortRelease(release)}`} />
            </span>
          ),
        },
        {
          head: "State",
          cell: ({ state, reason }) => (
            <span className="flex flex-col items-start gap-0.5">
              <StateBadge state={state} />
              {reason === undefined ? undefined : <span className="text-xs text-muted">{reason}</span>}
            </span>
          ),
        },
        { head: "Traffic", align: "right", cell: ({ percent }) => `${percent}%` },
        { head: "Health", wide: true, cell: ({ health }) => <StateBadge state={health} /> },
        { head: "Calls", align: "right", cell: ({ calls }) => calls.completed + calls.failed + calls.other },
        { head: "Failed", align: "right", cell: ({ calls }) => <Failed calls={calls} /> },
        { head: "Made", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          head: "Actions",
          align: "right",
          cell: ({ release, percent }) =>
            percent === 100 ? (
              <span className="text-xs text-muted">gets everything</span>
            ) : (
              <Button
                small
                disabled={isBusy}
                aria-label={`Promote ${shortRelease(release)}`}
                onClick={() => onPromote(release)}
              >
                Promote
              </Button>
            ),
        },
      ]}
    />
  );
}

function Failed({ calls: { failed, reasons } }: Pick<Release, "calls">) {
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return (
    <span className={failed > 0 ? "font-medium text-bad" : ""} title={why.join(", ")}>
      {failed}
    </span>
  );
}
