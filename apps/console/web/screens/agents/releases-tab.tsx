import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { releasesQuery, trafficQuery } from "./agent-queries.ts";
import type { AgentDetail, Release } from "./agent-queries.ts";
import { CanaryPanel } from "./canary-panel.tsx";
import { CardDiffPanel } from "./card-diff-panel.tsx";
import { ReleaseTable } from "./release-table.tsx";
import { SplitDialog } from "./split-dialog.tsx";
import { TrafficBar } from "./traffic-bar.tsx";
import { useTrafficChange } from "./use-traffic-change.ts";

/** Which releases there are, what each gets of the traffic, and how to move it. */
export function ReleasesTab({ agent: { name } }: { readonly agent: AgentDetail }) {
  const releases = useQuery(releasesQuery(name));
  const traffic = useQuery(trafficQuery(name));
  const change = useTrafficChange(name, traffic.data?.version);
  const canary = traffic.data?.canary;
  const [isSplitting, setIsSplitting] = useState(false);
  return (
    <Loaded query={releases} what="its releases">
      {({ releases: all }) =>
        all.length === 0 ? (
          <Empty title="No releases yet" command={`npx a2a deploy --name ${name}`} />
        ) : (
          <div className="flex flex-col gap-4">
            <Panel
              title="Traffic"
              actions={
                <>
                  <Button small disabled={all.length < 2} onClick={() => setIsSplitting(true)}>
                    Split
                  </Button>
                  <Button
                    small
                    disabled={!canRollBack(all) || change.isPending}
                    onClick={() => change.mutate({ verb: "rollback" })}
                  >
                    Roll back
                  </Button>
                </>
              }
            >
              <TrafficBar releases={all} />
              {canary === undefined ? undefined : (
                <CanaryPanel canary={canary} release={all.find(({ release }) => release === canary.release)} />
              )}
              {change.error === null ? undefined : <Failure error={change.error} />}
              <p role="status" className="text-xs text-muted">
                {change.isSuccess ? "Moved. New tasks begin on it; those under way end where they began." : ""}
              </p>
            </Panel>
            <Panel title="Releases" flush>
              <ReleaseTable
                releases={all}
                isBusy={change.isPending}
                onPromote={(release) => change.mutate({ verb: "promote", release })}
              />
            </Panel>
            {all.length < 2 ? undefined : <CardDiffPanel name={name} releases={all} />}
            {isSplitting ? (
              <SplitDialog
                name={name}
                releases={all}
                version={traffic.data?.version}
                onClose={() => setIsSplitting(false)}
              />
            ) : undefined}
          </div>
        )
      }
    </Loaded>
  );
}

/** There is another one than the one that gets everything. */
function canRollBack(releases: readonly Release[]): boolean {
  return releases.length > 1;
}
