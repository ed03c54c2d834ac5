import { useMutation } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Time, formatBytes } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

interface Destination {
  readonly name: string;
  readonly url: string;
  readonly encoding: string;
  readonly signals: readonly string[];
  readonly sampleRatio: number;
  readonly enabled: boolean;
  readonly state: {
    readonly waiting: number;
    readonly waitingBytes: number;
    readonly sent: number;
    readonly dropped: number;
    readonly lastError?: string;
    readonly lastSentAt?: string;
  };
}

interface NewDestination {
  readonly name: string;
  readonly header?: string;
  readonly secret?: string;
}

const SIGNALS = ["traces", "logs", "metrics"];
const SCHEMA: JsonSchema = {
  type: "object",
  required: ["name", "url", "signals"],
  properties: {
    name: { type: "string", title: "Name", pattern: "^[a-z0-9-]{1,63}$" },
    url: {
      type: "string",
      format: "uri",
      title: "Address",
      description: "Base of OTLP/HTTP, without /v1/traces.",
      examples: ["https://api.honeycomb.io"],
    },
    header: { type: "string", title: "Header of the credential", maxLength: 100, examples: ["x-honeycomb-team"] },
    secret: {
      type: "string",
      title: "Secret that it carries",
      maxLength: 64,
      description: "By its name in Secrets.",
      examples: ["HONEYCOMB_KEY"],
    },
    signals: { type: "array", uniqueItems: true, minItems: 1, title: "What is sent", items: { enum: SIGNALS } },
    encoding: { enum: ["protobuf", "json"], title: "Encoding" },
    sampleRatio: {
      type: "number",
      minimum: 0,
      maximum: 1,
      title: "Share of traces",
      description: "What failed is always sent.",
    },
    redact: {
      type: "array",
      items: { type: "string", maxLength: 200 },
      title: "Attributes to redact",
      description: "Such as gen_ai.input.messages; * at the end.",
    },
    deltaMetrics: { type: "boolean", title: "Metrics as deltas", description: "As Datadog wants them." },
  },
};

export function DestinationsSection() {
  const query = useList<Destination>("telemetry", "/v1/telemetry/destinations", "destinations");
  return (
    <ResourceSection
      title="Send telemetry on"
      what="the destinations"
      about="OTLP receivers that get everything besides: Grafana, Honeycomb, Datadog, a collector. What is slow or away is waited for, within bounds."
      queryKey="telemetry"
      query={query}
      keyOf={({ name }) => name}
      empty={{
        title: "Telemetry stays here",
        command:
          "npx a2a telemetry destinations add honeycomb https://api.honeycomb.io --secret-header x-honeycomb-team=HONEYCOMB_KEY",
      }}
      creation={{
        label: "Add destination",
        schema: SCHEMA,
        initial: { signals: SIGNALS, encoding: "protobuf", sampleRatio: 1 },
        // The form has seen to its shape.
        act: async (value) => {
          const { name, header, secret, ...settings } = value as NewDestination;
          const secretHeaders = header === undefined || secret === undefined ? {} : { [header]: secret };
          return await api(path`/v1/telemetry/destinations/${name}`, {
            method: "PUT",
            body: { ...settings, secretHeaders },
          });
        },
      }}
      removal={{
        verb: "Remove",
        nameOf: ({ name }) => name,
        act: async ({ name }) => await api(path`/v1/telemetry/destinations/${name}`, { method: "DELETE" }),
        consequence: "Nothing is sent there any more; what waits for it is dropped.",
      }}
      columns={[
        {
          head: "Destination",
          cell: ({ name, url }) => (
            <span className="flex flex-col">
              <span className="font-medium">{name}</span>
              <span className="text-xs break-all text-muted">{url}</span>
            </span>
          ),
        },
        {
          head: "Signals",
          wide: true,
          cell: ({ signals, sampleRatio }) =>
            `${signals.join(", ")}${sampleRatio < 1 ? `, ${sampleRatio * 100}% of traces` : ""}`,
        },
        {
          head: "State",
          cell: ({ enabled, state }) => (
            <span className="flex flex-col items-start gap-0.5">
              <StateBadge state={stateOf(enabled, state)} />
              {state.lastError === undefined ? undefined : (
                <span className="text-xs break-words text-bad">{state.lastError}</span>
              )}
            </span>
          ),
        },
        {
          head: "Sent",
          align: "right",
          wide: true,
          cell: ({ state }) => (
            <span className="flex flex-col">
              {state.sent}
              {state.lastSentAt === undefined ? undefined : (
                <span className="text-xs text-muted">
                  <Time at={state.lastSentAt} />
                </span>
              )}
            </span>
          ),
        },
        {
          head: "Waiting",
          align: "right",
          wide: true,
          cell: ({ state }) => `${state.waiting}${state.waiting === 0 ? "" : ` (${formatBytes(state.waitingBytes)})`}`,
        },
        { head: "Dropped", align: "right", wide: true, cell: ({ state }) => state.dropped },
        { head: "Test", cell: ({ name }) => <TestButton name={name} /> },
      ]}
    />
  );
}

function stateOf(enabled: boolean, { lastError, sent }: Destination["state"]): string {
  if (!enabled) return "stopped";
  if (lastError !== undefined) return "failed";
  return sent > 0 ? "delivered" : "ready";
}

function TestButton({ name }: { readonly name: string }) {
  const test = useMutation({
    mutationFn: async () =>
      await api<{ ok: boolean; status?: number; detail: string; ms: number }>(
        path`/v1/telemetry/destinations/${name}/test`,
        { method: "POST" },
      ),
  });
  const said = test.error === null ? test.data?.detail : test.error.message;
  return (
    <span className="flex flex-col items-start gap-0.5">
      <Button small disabled={test.isPending} aria-label={`Test ${name}`} onClick={() => test.mutate()}>
        {test.isPending ? "Sending …" : "Test"}
      </Button>
      <span role="status" className={`text-xs ${test.data?.ok === true ? "text-good" : "text-bad"}`}>
        {said === undefined ? "" : `${said}${test.data === undefined ? "" : ` (${Math.round(test.data.ms)} ms)`}`}
      </span>
    </span>
  );
}
