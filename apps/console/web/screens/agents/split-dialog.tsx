import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CliLine } from "../../ui/cli-line.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Failure } from "../../ui/status.tsx";
import type { Release } from "./agent-queries.ts";
import { shortRelease } from "./short-release.ts";
import { useTrafficChange } from "./use-traffic-change.ts";

export interface SplitDialogProps {
  readonly name: string;
  readonly releases: readonly Release[];
  readonly version: number | undefined;
  readonly onClose: () => void;
}

/** The platform splits over this many at most. */
const MAX_RELEASES = 8;

export function SplitDialog({ name, releases, version, onClose }: SplitDialogProps) {
  const offered = releases.toSorted((a, b) => b.percent - a.percent).slice(0, MAX_RELEASES);
  const [percents, setPercents] = useState(
    () => new Map(offered.map(({ release, percent }) => [release, String(percent)])),
  );
  const change = useTrafficChange(name, version);
  const shares = offered
    .map(({ release }) => ({ release, percent: Number(percents.get(release) || "0") }))
    .filter(({ percent }) => percent !== 0);
  const sum = Math.round(shares.reduce((total, { percent }) => total + percent, 0) * 100) / 100;
  return (
    <Dialog title={`Split the traffic of ${name}`} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (sum === 100) change.mutate({ verb: "split", shares }, { onSuccess: onClose });
        }}
      >
        {offered.map(({ release, version: of }) => (
          <TextField
            key={release}
            label={`v${of} ${shortRelease(release)}, percent`}
            inputMode="decimal"
            value={percents.get(release) ?? ""}
            onChange={(event) => setPercents(new Map(percents).set(release, event.currentTarget.value))}
          />
        ))}
        <p role="status" className={sum === 100 ? "text-sm text-muted" : "text-sm font-medium text-bad"}>
          {sum === 100
            ? "Together 100%."
            : `Together ${Number.isNaN(sum) ? "no number" : `${sum}%`}; it has to be 100%.`}
        </p>
        {change.error === null ? undefined : <Failure error={change.error} />}
        <div className="flex gap-2">
          <Button type="submit" look="primary" disabled={sum !== 100 || change.isPending}>
            Split
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
      <CliLine
        command={`npx a2a traffic ${name} ${shares.map(({ release, percent }) => `${release}=${percent}`).join(" ")}`}
      />
    </Dialog>
  );
}
