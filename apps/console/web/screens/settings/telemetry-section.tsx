import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client.ts";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Loaded } from "../../ui/status.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { DestinationsSection } from "./destinations-section.tsx";
import { IngestPanel } from "./ingest-panel.tsx";

interface TelemetryUsage {
  readonly spanBytes: number;
  readonly logBytes: number;
  readonly metricBytes: number;
  readonly dropped: number;
}

export function TelemetrySection() {
  const usage = useQuery({
    queryKey: ["telemetry", "usage"],
    queryFn: async ({ signal }) => await api<TelemetryUsage>("/v1/telemetry/usage", { signal }),
    refetchInterval: 10_000,
  });
  return (
    <div className="flex flex-col gap-4">
      <IngestPanel />
      <DestinationsSection />
      <Panel title="Kept here">
        <Loaded query={usage} what="what is kept">
          {({ spanBytes, logBytes, metricBytes, dropped }) => (
            <Facts
              facts={[
                { name: "Spans", value: formatBytes(spanBytes) },
                { name: "Log lines", value: formatBytes(logBytes) },
                { name: "Metrics", value: formatBytes(metricBytes) },
                {
                  name: "Dropped for want of room",
                  value: dropped === 0 ? "none" : `${dropped} since the platform started`,
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </div>
  );
}
