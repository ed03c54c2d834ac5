import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentEngineTarget, cloudRunTarget } from "@berth/deploy/targets";
import type { TargetContext, TargetRelease } from "@berth/deploy/targets";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchContext } from "../fetch-context.ts";
import { openLocalGoogle } from "./local-google.ts";
import type { LocalGoogle } from "./local-google.ts";

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const INVOKER = "serviceAccount:berth@my-agents-123.iam.gserviceaccount.com";
const settings = cloudRunTarget.parse({ project: "my-agents-123", region: "europe-west1", invoker: INVOKER });
const engineSettings = agentEngineTarget.parse({ project: "my-agents-123", region: "europe-west1" });
const LOCATION = "projects/my-agents-123/locations/europe-west1";

function releaseOf(change: Partial<TargetRelease> = {}): TargetRelease {
  return {
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "echo",
    releaseId: "rel_one",
    image: `europe-west1-docker.pkg.dev/my-agents-123/agents/echo@sha256:${"a".repeat(64)}`,
    port: 8080,
    env: { GREETING: "hello" },
    secretEnv: { API_KEY: "echo-api-key/3" },
    resources: { memoryMb: 256, cpu: 0.5 },
    scale: { min: 0, max: 10, concurrency: 80 },
    timeouts: { startSeconds: 30, runSeconds: 300 },
    egress: [],
    labels: {},
    ...change,
  };
}

let google: LocalGoogle;
let context: TargetContext;
let said: string[];

beforeAll(async () => (google = await openLocalGoogle()));
afterAll(async () => await google[Symbol.asyncDispose]());
beforeEach(() => {
  said = [];
  context = fetchContext(google.url, (line) => said.push(line));
});

describe("Cloud Run", () => {
  it.each([
    ["cloud-run", cloudRunTarget.plan(releaseOf(), settings)],
    ["agent-engine", agentEngineTarget.plan(releaseOf(), engineSettings)],
  ])("a plan is what its golden file says: %s", async (name, plan) => {
    await expect(Object.values(plan.files).join("\n")).toMatchFileSnapshot(`golden/${name}.json`);
    expect(plan.calls.map(({ method, path }) => `${method} ${path}`)).toMatchSnapshot();
  });

  it("makes the service, lets the platform in, and gives the revision an address of its own", async () => {
    const plan = cloudRunTarget.plan(releaseOf(), settings);
    expect(cloudRunTarget.diff(plan, await cloudRunTarget.observe(context, plan, settings))).toMatchObject([
      { change: "create" },
    ]);
    const placement = await cloudRunTarget.apply(context, plan, settings);
    expect(placement).toMatchObject({
      url: expect.stringMatching(/^https:\/\/r[0-9a-f]{8}---echo-abc123-ew\.a\.run\.app$/),
      auth: { kind: "google-id-token", audience: "https://echo-abc123-ew.a.run.app" },
    });
    expect(google.run.policies.get(`${LOCATION}/services/echo`)).toMatchObject({
      bindings: [{ role: "roles/run.invoker", members: [INVOKER] }],
    });
    expect(await cloudRunTarget.status(context, placement, settings)).toMatchObject({
      state: "ready",
      traffic: [{ percent: 100 }],
    });
    const after = cloudRunTarget.diff(plan, await cloudRunTarget.observe(context, plan, settings));
    expect(after).toEqual([{ resource: "service echo", change: "unchanged", differences: [] }]);
    const before = google.requests.length;
    expect(await cloudRunTarget.apply(context, plan, settings)).toMatchObject({ url: placement.url });
    const writes = google.requests.slice(before).filter(({ method }) => method !== "GET");
    expect(writes.map(({ path }) => path)).toEqual([expect.stringContaining("updateMask=traffic")]);
  });

  it("leaves the traffic where it was when a revision does not come up, and says why", async () => {
    const bad = cloudRunTarget.plan(
      releaseOf({ releaseId: "rel_bad", image: "europe-west1-docker.pkg.dev/p/a/bad:1" }),
      settings,
    );
    await expect(cloudRunTarget.apply(context, bad, settings)).rejects.toMatchObject({
      reason: "TARGET_FAILED",
      message: expect.stringContaining("HEALTH_CHECK_CONTAINER_ERROR"),
      hint: expect.stringContaining("raise timeouts.startSeconds"),
    });
    expect(traffic()).toMatchObject([{ revision: expect.stringMatching(/^echo-/), percent: 100 }, { percent: 0 }]);
  });

  it("goes to the next, back, and takes away what is one release's own", async () => {
    const old = await cloudRunTarget.apply(
      context,
      cloudRunTarget.plan(releaseOf({ releaseId: "rel_a" }), settings),
      settings,
    );
    const current = await cloudRunTarget.apply(
      context,
      cloudRunTarget.plan(releaseOf({ releaseId: "rel_b" }), settings),
      settings,
    );
    expect(serving()).toEqual([current.resources["revision"]]);
    await cloudRunTarget.rollback(context, old, settings);
    expect(serving()).toEqual([old.resources["revision"]]);
    await expect(cloudRunTarget.destroy(context, old, settings)).rejects.toMatchObject({ reason: "TARGET_CONFLICT" });
    await cloudRunTarget.rollback(context, current, settings);
    await cloudRunTarget.destroy(context, old, settings);
    await cloudRunTarget.destroy(context, old, settings);
    expect([...google.run.revisions.keys()].join()).not.toContain(
      JSON.stringify(old.resources["revision"]).slice(1, -1),
    );
  });

  it("does not write over what somebody else changed meanwhile", async () => {
    const plan = cloudRunTarget.plan(releaseOf({ releaseId: "rel_etag" }), settings);
    const slow = fetchContext(google.url, (line) => {
      if (line.startsWith("making the revision"))
        google.run.change(`${LOCATION}/services/echo`, { description: "mine" });
    });
    await expect(cloudRunTarget.apply(slow, plan, settings)).rejects.toMatchObject({ reason: "TARGET_CONFLICT" });
    google.run.change(`${LOCATION}/services/echo`, { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" });
    const drift = cloudRunTarget.diff(plan, await cloudRunTarget.observe(context, plan, settings));
    expect(drift[0]?.differences).toContainEqual({
      path: "ingress",
      is: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      wanted: "INGRESS_TRAFFIC_ALL",
    });
  });

  it("does not touch a service that is not this agent's", async () => {
    const plan = cloudRunTarget.plan(releaseOf({ agentId: "agt_other", releaseId: "rel_x" }), settings);
    await expect(cloudRunTarget.apply(context, plan, settings)).rejects.toThrow(/is not of this agent/);
  });

  it("asks again when a quota is used up, and gives up with a hint", async () => {
    google.refuse(3, 429);
    await cloudRunTarget.apply(context, cloudRunTarget.plan(releaseOf({ releaseId: "rel_quota" }), settings), settings);
    google.refuse(6, 429);
    await expect(
      cloudRunTarget.apply(context, cloudRunTarget.plan(releaseOf({ releaseId: "rel_quota2" }), settings), settings),
    ).rejects.toMatchObject({
      reason: "TARGET_FAILED",
      hint: expect.stringContaining("quota"),
    });
    google.refuse(0, 0);
  });

  it("does not wait forever for an operation, and can be canceled in the middle of one", async () => {
    google.operations.stick(true);
    const plan = cloudRunTarget.plan(releaseOf({ releaseId: "rel_stuck" }), settings);
    let time = Date.now();
    const fast = { ...context, now: () => (time += 60_000) };
    await expect(cloudRunTarget.apply(fast, plan, settings)).rejects.toMatchObject({ reason: "TIMED_OUT" });
    const stop = new AbortController();
    const canceled = {
      ...context,
      signal: stop.signal,
      sleep: async () => stop.signal.throwIfAborted(),
      log: () => stop.abort(new Error("canceled")),
    };
    await expect(cloudRunTarget.apply(canceled, plan, settings)).rejects.toThrow("canceled");
    google.operations.stick(false);
  });

  it("says which field of a setting is wrong", () => {
    expect(() => cloudRunTarget.parse({ project: "My Project", region: "europe-west1" })).toThrow(
      /project .* is not of the form/,
    );
    expect(() => cloudRunTarget.parse({ project: "my-agents-123" })).toThrow(/region .* is needed/);
  });
});

describe("Agent Engine", () => {
  it("makes an engine per release and finds it again", async () => {
    const plan = agentEngineTarget.plan(releaseOf(), engineSettings);
    const placement = await agentEngineTarget.apply(context, plan, engineSettings);
    expect(placement).toMatchObject({
      url: expect.stringMatching(
        /^https:\/\/europe-west1-aiplatform\.googleapis\.com\/v1\/projects\/.*\/reasoningEngines\/\d+$/,
      ),
      dialect: "reasoning-engine",
    });
    expect(await agentEngineTarget.apply(context, plan, engineSettings)).toEqual(placement);
    expect(google.engines.engines.size).toBe(1);
    const again = agentEngineTarget.diff(plan, await agentEngineTarget.observe(context, plan, engineSettings));
    expect(again).toMatchObject([{ change: "unchanged" }]);
    const two = await agentEngineTarget.apply(
      context,
      agentEngineTarget.plan(releaseOf({ releaseId: "rel_two" }), engineSettings),
      engineSettings,
    );
    expect(two.url).not.toBe(placement.url);
    expect(await agentEngineTarget.rollback(context, placement, engineSettings)).toEqual(placement);
    await agentEngineTarget.destroy(context, two, engineSettings);
    await agentEngineTarget.destroy(context, two, engineSettings);
    expect((await agentEngineTarget.status(context, two, engineSettings)).state).toBe("absent");
    await expect(agentEngineTarget.rollback(context, two, engineSettings)).rejects.toMatchObject({
      reason: "TARGET_FAILED",
    });
  });

  it("tells what ended the operation", async () => {
    const bad = agentEngineTarget.plan(
      releaseOf({ releaseId: "rel_bad", image: "europe-west1-docker.pkg.dev/p/a/bad:1" }),
      engineSettings,
    );
    await expect(agentEngineTarget.apply(context, bad, engineSettings)).rejects.toThrow(
      /failed to start and cannot serve traffic/,
    );
  });
});

describe("Cloud Logging", () => {
  it("gives each entry once, in order, whatever its payload is", async () => {
    const placement = await cloudRunTarget.apply(
      context,
      cloudRunTarget.plan(releaseOf({ releaseId: "rel_log" }), settings),
      settings,
    );
    const entry = { timestamp: "2026-11-20T10:00:00Z", resource: { labels: { revision_name: "echo-1" } } };
    google.entries.push(
      { ...entry, insertId: "a", textPayload: "one" },
      { ...entry, insertId: "a", textPayload: "one" },
      { ...entry, insertId: "b", jsonPayload: { message: "two" } },
    );
    const texts: string[] = [];
    for await (const { text } of cloudRunTarget.logs(context, placement, settings, { since: 0, follow: false }))
      texts.push(text);
    expect(texts).toEqual(["one", "two"]);
    await expectTyped("@googleapis/logging", "logging_v2.Schema$ListLogEntriesRequest", google.requests.at(-1)?.body);
  });
});

describe("Google's own clients read the same state", () => {
  it("@google-cloud/run", async () => {
    await cloudRunTarget.apply(
      context,
      cloudRunTarget.plan(releaseOf({ releaseId: "rel_client" }), settings),
      settings,
    );
    const { ServicesClient } = require("@google-cloud/run").v2;
    const client = new ServicesClient({
      fallback: true,
      apiEndpoint: "127.0.0.1",
      port: google.port,
      protocol: "http",
      authClient: anybody(),
    });
    try {
      const [service] = await client.getService({ name: `${LOCATION}/services/echo` });
      expect(service).toMatchObject({
        template: {
          revision: expect.stringMatching(/^echo-/),
          maxInstanceRequestConcurrency: 80,
          timeout: { seconds: "300" },
        },
        terminalCondition: { state: "CONDITION_SUCCEEDED" },
      });
    } finally {
      await client.close();
    }
  });

  it("@googleapis/run", async () => {
    const { run: open } = require("@googleapis/run");
    const client = open({ version: "v2", rootUrl: `${google.url}/` });
    const { data } = await client.projects.locations.services.get({ name: `${LOCATION}/services/echo` });
    expect(data).toMatchObject({ labels: { "berth-agent": "agt_1" }, template: { scaling: { maxInstanceCount: 10 } } });
  });
});

it("the description refuses what Google would refuse", async () => {
  const send = async (body: object, query = "?serviceId=x"): Promise<unknown> => {
    const answer = await fetch(`${google.url}/v2/${LOCATION}/services${query}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return [answer.status, JSON.stringify(await answer.json())];
  };
  const template = { containers: [{ image: "x" }] };
  expect(await send({ template, replicas: 1 })).toEqual([400, expect.stringContaining("Cannot find field")]);
  expect(await send({ template: { ...template, timeout: "5m" } })).toEqual([400, expect.stringContaining("seconds")]);
  expect(await send({ template, ingress: "ALL" })).toEqual([400, expect.stringContaining("INGRESS_TRAFFIC_ALL")]);
  expect(await send({ template, uri: "x" })).toEqual([400, expect.stringContaining("output only")]);
  expect(await send({})).toEqual([400, expect.stringContaining("template")]);
  expect(await send({ template }, "")).toEqual([400, expect.stringContaining("serviceId")]);
  expect(
    await send({ template: { containers: [{ image: "x", env: [{ name: "a", value: "b", valueSource: {} }] }] } }),
  ).toEqual([400, expect.stringContaining("only one of")]);
});

function traffic(): unknown {
  return google.run.services.get(`${LOCATION}/services/echo`)?.["traffic"];
}

function serving(): readonly unknown[] {
  const all = traffic();
  return Array.isArray(all) ? all.filter(({ percent }) => percent === 100).map(({ revision }) => revision) : [];
}

/** Signs nothing: the local server asks for no identity. */
function anybody(): unknown {
  const { GoogleAuth, OAuth2Client } = require("google-auth-library");
  const client = new OAuth2Client();
  client.setCredentials({ access_token: "token", expiry_date: Date.now() + 3_600_000 });
  return client ?? GoogleAuth;
}

/** A literal of it is accepted by the compiler: no member that the type has not. */
async function expectTyped(from: string, type: string, value: unknown): Promise<void> {
  const folder = await mkdtemp(join(import.meta.dirname, "..", "typed-"));
  try {
    const [namespace = ""] = type.split(".");
    await writeFile(
      join(folder, "value.ts"),
      `import type { ${namespace} } from "${from}";\nexport const value: ${type} = ${JSON.stringify(value)};\n`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: "esnext",
      moduleResolution: "bundler",
      types: [],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await run(join(import.meta.dirname, "../../../node_modules/.bin/tsc"), ["-p", folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
