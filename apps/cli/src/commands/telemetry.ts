import type { NewDestination, TelemetrySignal } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { confirm } from "../platform/confirm.ts";
import { duration } from "../render/duration.ts";
import { oneLine } from "../render/printable.ts";
import { table } from "../render/table.ts";

const NAME = { name: "NAME", summary: "a-z, 0-9 and hyphen" };
const SIGNALS = ["traces", "logs", "metrics"] as const satisfies readonly TelemetrySignal[];

const listCommand: Command = {
  name: "telemetry destinations list",
  summary: "List where telemetry is sent besides, and how that goes.",
  positionals: [],
  options: {},
  examples: ["a2a telemetry destinations list", "a2a telemetry destinations list --json"],
  async run({ platform }) {
    const destinations = await (await platform()).telemetry.destinations.list();
    const rows = destinations.map(({ name, url, signals, enabled, state }) => [
      name,
      url,
      enabled ? signals.join(", ") : "off",
      state.sent,
      state.waiting,
      state.dropped,
      state.lastError,
    ]);
    const columns = ["name", "url", "signals", "sent", "waiting", "dropped", "last error"];
    return { json: { destinations }, text: table(columns, rows, "No destinations: a2a telemetry destinations add.") };
  },
};

const addCommand: Command = {
  name: "telemetry destinations add",
  summary: "Send telemetry to an OTLP receiver, or change where one of this name goes.",
  details:
    "A credential is a secret of the organization (a2a secrets set), named by --secret-header. What --redact names is replaced, and what --sample leaves out is dropped, before anything is queued.",
  positionals: [NAME, { name: "URL", summary: "base of OTLP/HTTP, without /v1/traces" }],
  options: {
    "secret-header": {
      type: "string",
      value: "HEADER=SECRET",
      multiple: true,
      summary: "a header and the secret it carries",
    },
    header: { type: "string", value: "HEADER=VALUE", multiple: true, summary: "a header that is no secret" },
    signals: { type: "string", value: "SIGNAL,…", summary: `${SIGNALS.join(", ")}; default all` },
    encoding: { type: "string", value: "ENCODING", summary: "protobuf (default) or json" },
    sample: { type: "string", value: "RATIO", summary: "share of traces, 0 to 1; failed spans are always sent" },
    redact: {
      type: "string",
      value: "KEY,…",
      multiple: true,
      summary: "attributes to send as [redacted], * at the end allowed",
    },
    delta: { type: "boolean", summary: "send sums and histograms as deltas, as Datadog wants them" },
    off: { type: "boolean", summary: "keep it, and send nothing" },
  },
  examples: [
    "a2a telemetry destinations add honeycomb https://api.honeycomb.io --secret-header x-honeycomb-team=HONEYCOMB_KEY",
    "a2a telemetry destinations add datadog https://otlp.datadoghq.com --secret-header dd-api-key=DATADOG_KEY --delta --redact gen_ai.input.messages,gen_ai.output.messages",
  ],
  async run({ args, platform }) {
    const sample = args.text("sample");
    const signals = listOf([args.text("signals") ?? ""]);
    const redact = listOf(args.texts("redact"));
    const destination: NewDestination = {
      url: args.required("URL"),
      headers: pairs(args.texts("header"), "header"),
      secretHeaders: pairs(args.texts("secret-header"), "secret-header"),
      encoding: encodingOf(args.text("encoding")),
      deltaMetrics: args.flag("delta"),
      enabled: !args.flag("off"),
      ...(signals.length === 0 ? {} : { signals: signalsOf(signals) }),
      ...(sample === undefined ? {} : { sampleRatio: ratioOf(sample) }),
      ...(redact.length === 0 ? {} : { redact }),
    };
    const kept = await (await platform()).telemetry.destinations.put(args.required("NAME"), destination);
    const text = `${kept.name}: ${kept.signals.join(", ")} go to ${oneLine(kept.url)}. Try it: a2a telemetry destinations test ${kept.name}`;
    return { json: kept, text };
  },
};

const removeCommand: Command = {
  name: "telemetry destinations remove",
  summary: "Send nothing there any more. What waits for it is dropped.",
  positionals: [NAME],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a telemetry destinations remove honeycomb"],
  async run(context) {
    const name = context.args.required("NAME");
    const { telemetry } = await context.platform();
    await confirm(context, `Remove ${name}? What waits for it is dropped.`);
    await telemetry.destinations.remove(name);
    return { json: { name, removed: true }, text: `Removed ${name}.` };
  },
};

const testCommand: Command = {
  name: "telemetry destinations test",
  summary: "Send one sample span now, and show what came back.",
  positionals: [NAME],
  options: {},
  examples: ["a2a telemetry destinations test honeycomb"],
  async run({ args, platform, colors }) {
    const outcome = await (await platform()).telemetry.destinations.test(args.required("NAME"));
    const mark = outcome.ok ? colors.green("✓") : colors.red("✗");
    const text = `${mark} ${oneLine(outcome.detail, 500)} in ${duration(outcome.ms)}`;
    return { json: outcome, text, ...(outcome.ok ? {} : { exitCode: ExitCode.Failed }) };
  },
};

export const telemetryCommands: readonly Command[] = [listCommand, addCommand, removeCommand, testCommand];

function listOf(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "");
}

function pairs(texts: readonly string[], option: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      throw new UsageError(`--${option} ${text} has no =.`, `Such as --${option} x-honeycomb-team=HONEYCOMB_KEY.`);
    }),
  );
}

function signalsOf(names: readonly string[]): readonly TelemetrySignal[] {
  const unknown = names.find((name) => !SIGNALS.some((signal) => signal === name));
  if (unknown === undefined) return SIGNALS.filter((signal) => names.includes(signal));
  throw new UsageError(`"${unknown}" is no signal.`, `They are ${SIGNALS.join(", ")}.`);
}

function encodingOf(text = "protobuf"): "protobuf" | "json" {
  if (text === "protobuf" || text === "json") return text;
  throw new UsageError("--encoding must be protobuf or json.", "Most receivers take both.");
}

function ratioOf(text: string): number {
  const ratio = /^(?:0|1|[01]?\.\d{1,6})$/.test(text) ? Number(text) : Number.NaN;
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new UsageError("--sample must be a number from 0 to 1.", "Such as --sample 0.1.");
}
