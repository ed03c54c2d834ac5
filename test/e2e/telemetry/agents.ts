import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** Asks another agent, which asks a model, and both say something on the way. */
const FRONT = `
import { defineAgent, skill } from "@berth/sdk";
const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
export default defineAgent({
  name: "front", version: "1.0.0", description: "Asks the other.",
  skills: {
    go: skill({ description: "Goes", input: any, async run(input, ctx) {
      ctx.logger.info("front begins", { step: 1 });
      const answer = await ctx.call("back", "work", {});
      return { answer, traceparent: ctx.traceparent };
    } }),
    ask: skill({ description: "Asks", input: any, async run(input, ctx) {
      return { said: await ctx.ask("Go on?") };
    } }),
    crash: skill({ description: "Ends its process", run: async () => process.exit(7) }),
  },
});`;

const BACK = `
import { defineAgent, skill } from "@berth/sdk";
import { tracer, parentOf, flush } from "./otel.mjs";
const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
export default defineAgent({
  name: "back", version: "1.0.0", description: "Does the work.",
  skills: {
    work: skill({ description: "Works", input: any, async run(input, ctx) {
      const span = tracer.startSpan("crunch", { attributes: { rows: 3 } }, parentOf(ctx.traceparent));
      console.log("a plain line of back");
      await ctx.llm.chat({ model: "openai/small", messages: [{ role: "user", content: "hi" }] });
      span.end();
      await flush();
      return { endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, service: process.env.OTEL_SERVICE_NAME };
    } }),
  },
});`;

/** The SDK as anybody sets it up: everything else is in the environment. */
const OTEL = `
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { TracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })] });
export const tracer = provider.getTracer("agents-own");
export const parentOf = (traceparent) => {
  const [, traceId, spanId] = traceparent.split("-");
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true });
};
export const flush = () => provider.forceFlush();
`;

export async function writeFront(folder: string): Promise<string> {
  return await writeAgent(folder, "front", FRONT, {});
}

export async function writeBack(folder: string): Promise<string> {
  await writeAgent(folder, "back", BACK, { models: ["openai/small"] });
  await build({
    stdin: { contents: OTEL, resolveDir: import.meta.dirname, loader: "js" },
    outfile: join(folder, "otel.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return folder;
}

async function writeAgent(folder: string, name: string, source: string, config: object): Promise<string> {
  await mkdir(folder);
  const manifest = { name, type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "berth.json"), JSON.stringify({ name, ...config }));
  await writeFile(join(folder, "agent.ts"), source);
  return folder;
}
