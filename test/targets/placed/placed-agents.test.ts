import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { packFolder } from "@berth/deploy/pack";
import { releasesFolder } from "@berth/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLocalGoogle } from "../google/local-google.ts";
import type { LocalGoogle } from "../google/local-google.ts";
import type { Json } from "../google/refusal.ts";
import { LocalContainers } from "./local-containers.ts";
import { openLocalMetadata } from "./local-metadata.ts";
import { openLocalRegistry } from "./local-registry.ts";
import { openLocalRun } from "./local-run.ts";
import type { LocalRun } from "./local-run.ts";

const folder = temporaryFolder();
const opened = new AsyncDisposableStack();
let platform: PlatformProcess;
let google: LocalGoogle;
let run: LocalRun;
let containers: LocalContainers;
let emptyStreams = 1;

beforeAll(async () => {
  const home = join(folder.path, "home");
  const registry = opened.use(await openLocalRegistry(folder.path));
  const metadata = opened.use(await openLocalMetadata());
  containers = opened.use(new LocalContainers(releasesFolder(home)));
  run = opened.use(
    await openLocalRun({ containers, metadata, imageOf: (service, tag) => google.run.imageOf(service, tag) }),
  );
  google = opened.use(
    await openLocalGoogle({
      looks: 0,
      addressOf: (service, tag) => run.addressOf(service, tag),
      engineCall: async ({ image, method, body, request }, response) => {
        if (!metadata.gave(request.headers.authorization, undefined)) {
          response.writeHead(401).end();
          return;
        }
        const streams = method === "StreamQueryReasoningEngine";
        // What a worker that is not up yet was seen to answer.
        if (streams && emptyStreams-- > 0) {
          response.writeHead(200).end();
          return;
        }
        const path = streams ? "/api/stream_reasoning_engine" : "/api/reasoning_engine";
        const answer = await fetch(new URL(path, await containers.addressOf(image)), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ class_method: body["classMethod"], input: body["input"] }),
        });
        response.writeHead(answer.status, { "content-type": "application/json" });
        for await (const chunk of answer.body ?? []) response.write(chunk);
        response.end();
      },
    }),
  );
  platform = opened.use(
    await PlatformProcess.start({
      home,
      env: {
        BERTH_OUTBOUND_ALLOW: [registry.host, "127.0.0.1:*", ...[1, 2, 3, 4, 5, 6].map((n) => `127.0.1.${n}:*`)].join(),
        BERTH_GOOGLE_API: google.url,
        GCE_METADATA_HOST: metadata.host,
        METADATA_SERVER_DETECTION: "assume-present",
      },
    }),
  );
  const settings = { project: "my-agents-123", region: "europe-west1" };
  const images = { repository: `${registry.host}/agents` };
  await put("run", { kind: "cloud-run", settings, registry: images });
  await put("engine", { kind: "agent-engine", settings, registry: images });
}, 120_000);

afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function json(path: string, init: RequestInit = {}): Promise<Json> {
  const response = await platform.fetch(path, { headers: { "content-type": "application/json" }, ...init });
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${response.status} ${text}\n${platform.log}`);
  return text === "" ? {} : JSON.parse(text);
}

async function put(name: string, body: object): Promise<void> {
  await json(`/v1/targets/${name}`, { method: "PUT", body: JSON.stringify(body) });
}

/** An agent that says who calls it, from which release. */
async function deploy(target: string, name: string, version: string): Promise<string> {
  const source = join(folder.path, `${name}-${version}`);
  mkdirSync(source);
  const agent = `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "${name}", version: "${version}", description: "Tells who calls.",
  skills: { who: skill({ description: "Tells who calls.", tags: ["demo"],
    async run(_input, ctx) { return { by: ctx.principal?.id ?? "nobody", version: "${version}" }; } }) },
});`;
  writeFileSync(join(source, "agent.ts"), agent);
  writeFileSync(join(source, "berth.json"), JSON.stringify({ name }));
  const dependencies = { "@berth/sdk": "0.1.0" };
  writeFileSync(join(source, "package.json"), JSON.stringify({ name, type: "module", main: "agent.ts", dependencies }));
  const { archive } = await packFolder(source);
  const response = await platform.fetch(`/v1/deployments?target=${target}`, {
    method: "POST",
    headers: { "content-type": "application/gzip" },
    body: new Uint8Array(archive),
  });
  const { deploymentId } = asRecord(await response.json());
  let last: Json = {};
  await waitFor(
    "the deployment to end",
    async () => {
      last = await json(`/v1/deployments/${String(deploymentId)}`);
      return ["live", "failed", "canceled"].includes(String(last["status"]));
    },
    60_000,
  );
  expect(last, platform.log).toMatchObject({ status: "live" });
  return String(last["release"]);
}

async function call(name: string): Promise<Json> {
  return await json(`/agents/${name}/invoke/who`, { method: "POST", body: "{}" });
}

async function assertProved({ taskId, receiptId }: Json): Promise<void> {
  expect(await json(`/v1/receipts/${String(receiptId)}`)).toMatchObject({ taskId });
}

function asRecord(value: unknown): Json {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

test("an agent on Cloud Run is an agent of this platform: deployed, called with an identity token, proved, and moved back", async () => {
  const one = await deploy("run", "placed", "1.0.0");
  const answered = await call("placed");
  expect(answered.output).toMatchObject({ version: "1.0.0", by: expect.stringMatching(/^key_/) });
  await assertProved(answered);
  expect(run.calls.map(({ status }) => status)).not.toContain(401);

  const two = await deploy("run", "placed", "2.0.0");
  expect(isAt(two)).toBe(true);
  expect((await call("placed")).output).toMatchObject({ version: "2.0.0" });
  await json("/v1/agents/placed/rollback", { method: "POST", body: "{}" });
  expect((await call("placed")).output).toMatchObject({ version: "1.0.0" });
  await waitFor("the service's own address to follow", () => isAt(one));

  await json("/v1/agents/placed", { method: "DELETE" });
  expect(google.run.services.size).toBe(0);
});

test("so is one on Agent Engine, where A2A goes in an envelope", async () => {
  await deploy("engine", "wrapped", "1.0.0");
  const answered = await call("wrapped");
  expect(answered.output).toMatchObject({ version: "1.0.0", by: expect.stringMatching(/^key_/) });
  expect(emptyStreams).toBeLessThan(0);
  await assertProved(answered);
  await json("/v1/agents/wrapped", { method: "DELETE" });
  expect(google.engines.engines.size).toBe(0);
});

/** Whether all traffic of the only service goes to the revision of the release. */
function isAt(releaseId: string): boolean {
  const [service] = google.run.services.values();
  const traffic = Array.isArray(service?.["traffic"]) ? service["traffic"].map(asRecord) : [];
  const mark = createHash("sha256").update(releaseId).digest("hex").slice(0, 8);
  return traffic.some(({ percent, revision }) => percent === 100 && String(revision).endsWith(`-${mark}`));
}
