import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createTlsAuthority, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readServerConfig } from "../../apps/server/src/config.ts";
import { startPlatform } from "../../apps/server/src/start-platform.ts";
import type { Platform } from "../../apps/server/src/start-platform.ts";

/** Reports everything it can find out, in every way it has. */
const AGENT = `
import { readFileSync, readdirSync } from "node:fs";
import { defineAgent, skill } from "@berth/sdk";

const look = () => {
  const found = [JSON.stringify(process.env)];
  for (const pid of readdirSync("/proc")) {
    for (const file of ["environ", "cmdline", "maps", "mountinfo"]) {
      try { found.push(readFileSync("/proc/" + pid + "/" + file, "latin1")); } catch {}
    }
  }
  return found.join("\\n");
};
const echo = async (name) => await (await fetch("http://" + name + ".berth.internal/echo", { method: "POST", body: "{}" })).text();

export default defineAgent({
  name: "nosy", version: "1.0.0", description: "Finds out.",
  skills: {
    look: skill({ description: "Looks around", run: async () => ({ found: look() }) }),
    ask: skill({ description: "Asks its upstream", async run(_input, ctx) {
      const text = await echo("model");
      console.log("stdout " + text); console.error("stderr " + text); ctx.logger.info(text, { text });
      await ctx.progress(text);
      await ctx.artifact("echo.txt", text);
      return { text, base64: Buffer.from(text).toString("base64"), url: encodeURIComponent(text) };
    } }),
    fail: skill({ description: "Fails with what it got", async run() { throw new Error(await echo("model")); } }),
    crash: skill({ description: "Ends with what it got", async run() {
      process.stderr.write(await echo("model"), () => process.exit(3)); await new Promise(() => {});
    } }),
    missing: skill({ description: "Needs a secret nobody set", run: async () => ({ text: await echo("unset") }) }),
  },
});`;

const folder = temporaryFolder();
const log: string[] = [];
const seen: IncomingMessage[] = [];
const answers: string[] = [];
let server: Server;
let platform: Platform;

/** Unlike anything else, and long enough that no text has it by chance. */
const canary = (what: string): string => `canary-${what}-${randomBytes(9).toString("hex")}`;
const injected = Array.from({ length: 20 }, (_, i) => ({
  name: `S${i}`,
  ofAgent: i % 2 === 1,
  value: canary(`s${i}`),
}));
const others = {
  unused: canary("unused"),
  ofAnother: canary("another"),
  replaced: canary("replaced"),
  masterKey: randomBytes(32).toString("base64"),
  ofProcess: canary("process"),
  pushToken: canary("token"),
  pushCredentials: canary("credentials"),
  webhook: canary("webhook"),
  cookie: canary("cookie"),
  header: canary("header"),
};
let callerKey = "";

beforeAll(async () => {
  const authority = createTlsAuthority(folder.path);
  server = createServer(authority.issue("api.test"), (req, res) => {
    seen.push(req);
    req.resume();
    res.setHeader("x-echo", String(req.headers["x-s0"]));
    res.end(JSON.stringify(req.headers));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const environment = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    BERTH_HOME: join(folder.path, "home"),
    BERTH_PORT: "0",
    BERTH_GRPC_PORT: "off",
    BERTH_SECRETS_KEY: others.masterKey,
    DEPLOY_PASSWORD: others.ofProcess,
  };
  const network = {
    resolve: async () => ["127.0.0.1"],
    allowPrivate: true,
    authority: authority.certificate,
  };
  platform = await startPlatform(readServerConfig(environment, folder.path), (line) => void log.push(line), {
    network,
  });
}, 120_000);

afterAll(async () => {
  await platform.stop();
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

async function call(
  path: string,
  init: RequestInit = {},
  token: string = platform.token,
): Promise<{ status: number; text: string }> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${token}`);
  if (typeof init.body === "string") headers.set("content-type", "application/json");
  const response = await fetch(new URL(path, platform.url), { ...init, headers });
  const text = await response.text();
  answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`);
  return { status: response.status, text };
}

async function put(name: string, value: string, agent?: string): Promise<number> {
  const path = `/v1/secrets/${name}${agent === undefined ? "" : `?agent=${agent}`}`;
  return (await call(path, { method: "PUT", body: JSON.stringify({ value }) })).status;
}

async function deploy(): Promise<void> {
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  const source = join(folder.path, "source");
  await mkdir(source);
  const headers = Object.fromEntries(injected.map(({ name }) => [`X-${name}`, `{secret:${name}}`]));
  const basic = { Authorization: "Bearer {secret:S0}" };
  const upstreams = {
    model: { url: `https://api.test:${port}`, headers: { ...headers, ...basic } },
    unset: { url: `https://api.test:${port}`, headers: { Authorization: "{secret:NOBODY_SET_THIS}" } },
  };
  const manifest = { name: "nosy", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(source, "package.json"), JSON.stringify(manifest));
  await writeFile(join(source, "berth.json"), JSON.stringify({ name: "nosy", scale: { max: 1 }, upstreams }));
  // A developer's slip: the value stands in the source, and in what the agent prints as it starts.
  await writeFile(join(source, "agent.ts"), `console.log(${JSON.stringify(injected[0]?.value)});${AGENT}`);
  const fetchAsAdmin = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${platform.token}`);
    return await fetch(new URL(path, platform.url), { ...init, headers });
  };
  const deployed = await tryDeploy({ fetch: fetchAsAdmin }, source);
  expect(deployed.status, deployed.log).toBe("live");
}

async function run(skill: string): Promise<{ status: number; text: string }> {
  const headers = {
    cookie: `session=${others.cookie}`,
    "x-berth-principal": others.header,
    "x-forwarded-user": others.header,
  };
  return await call(`/agents/nosy/invoke/${skill}`, { method: "POST", body: "{}", headers }, callerKey);
}

describe("30 planted secrets", () => {
  test("are set, used and failed with", async () => {
    const key = await call("/v1/keys", {
      method: "POST",
      body: JSON.stringify({ name: "caller", scopes: ["invoke"] }),
    });
    answers.pop(); // The one answer that shows a key, once.
    callerKey = (JSON.parse(key.text) as { key: string }).key;
    for (const { name, ofAgent, value } of injected) {
      if (ofAgent) expect(await put(name, canary("shadowed"))).toBe(200);
      expect(await put(name, value, ofAgent ? "nosy" : undefined)).toBe(200);
    }
    expect(await put("UNUSED", others.unused)).toBe(200);
    expect(await put("S1", others.ofAnother, "another")).toBe(200);
    expect(await put("REPLACED", others.replaced)).toBe(200);
    expect(await put("REPLACED", canary("new"))).toBe(200);
    expect(await put("SHORT", "1234567")).toBe(400);
    await deploy();
    const hook = { skill: "ask", kind: "hmac", secret: others.webhook };
    await call("/v1/agents/nosy/webhooks", { method: "POST", body: JSON.stringify(hook) });
    answers.pop(); // The one answer that shows a webhook's secret, once.

    const asked = await run("ask");
    expect([asked.status, asked.text]).toEqual([200, expect.stringContaining("[secret:S0]")]);
    expect((await run("look")).status).toBe(200);
    expect((await run("fail")).text).toContain("TASK_STATE_FAILED");
    expect((await run("crash")).text).toContain("AGENT_CRASHED");
    expect((await run("missing")).text).toContain("NOBODY_SET_THIS is not set");
    const message = {
      jsonrpc: "2.0",
      id: 1,
      method: "SendMessage",
      params: {
        message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hello" }] },
        configuration: {
          returnImmediately: true,
          taskPushNotificationConfig: {
            url: "http://127.0.0.1:9/hook",
            token: others.pushToken,
            authentication: { scheme: "Bearer", credentials: others.pushCredentials },
          },
        },
      },
    };
    await call(
      "/agents/nosy/",
      { method: "POST", body: JSON.stringify(message), headers: { "a2a-version": "1.0" } },
      callerKey,
    );
  }, 120_000);

  test("stand at the upstream as its headers say", () => {
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const { headers } of seen) {
      for (const { name, value } of injected) expect(headers[`x-${name.toLowerCase()}`]).toBe(value);
      expect(headers.authorization).toBe(`Bearer ${injected[0]?.value}`);
    }
  });

  test("stand nowhere else: not in logs, events, receipts, answers, nor where the agent can look", async () => {
    const { tasks } = JSON.parse((await call("/v1/tasks?pageSize=100")).text) as { tasks: { task: { id: string } }[] };
    expect(tasks.length).toBeGreaterThanOrEqual(5);
    for (const { task } of tasks) {
      await call(`/v1/tasks/${task.id}`);
      await call(`/v1/tasks/${task.id}/events`);
      await call(`/v1/tasks/${task.id}/deliveries`);
    }
    await waitFor("a receipt of each run", async () => {
      const { receipts } = JSON.parse((await call("/v1/receipts?pageSize=100")).text) as {
        receipts: { receiptId: string }[];
      };
      if (receipts.length < 5) return false;
      for (const { receiptId } of receipts) {
        await call(`/v1/receipts/${receiptId}`);
        await call(`/v1/receipts/${receiptId}/bundle`);
      }
      return true;
    });
    const paths = [
      "secrets",
      "agents",
      "agents/nosy",
      "agents/nosy/card",
      "agents/nosy/releases",
      "agents/nosy/webhooks",
    ];
    const more = ["agents/nosy/logs?limit=2000", "deployments", "audit", "keys", "doctor", "openapi.json", "whoami"];
    for (const path of [...paths, ...more]) expect((await call(`/v1/${path}`)).status, path).toBe(200);
    const { deployments } = JSON.parse((await call("/v1/deployments")).text) as {
      deployments: { deploymentId: string }[];
    };
    for (const { deploymentId } of deployments) await call(`/v1/deployments/${deploymentId}`);

    const everything = [...answers, ...log].join("\n");
    expect(everything).toContain("[secret:S0]");
    const planted = [...injected.map(({ value }) => value), ...Object.values(others)];
    expect(planted).toHaveLength(30);
    const forms = [...planted, callerKey].flatMap((value) => [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString("base64").replace(/=+$/, ""),
      Buffer.from(value).toString("hex"),
    ]);
    expect(forms.filter((form) => everything.includes(form))).toEqual([]);
    expect(filesWith(forms)).toEqual([]);
  }, 60_000);
});

/** Of the platform's home, but for the keys, and the release, with its image, in whose source a developer wrote one. */
function filesWith(texts: readonly string[]): readonly string[] {
  const patterns = texts.flatMap((text) => ["-e", text]);
  const skipped = ["keys", "admin.key", "releases", "images", "source"].flatMap((name) => [
    `--exclude-dir=${name}`,
    `--exclude=${name}`,
  ]);
  const { status, stdout, stderr } = spawnSync("grep", ["-rlaF", ...skipped, ...patterns, join(folder.path, "home")], {
    encoding: "utf8",
  });
  // 1: it found nothing. Files that a running database takes away while grep looks are no trouble.
  if (status !== 1 && stdout === "" && !stderr.includes("No such file")) throw new Error(`grep failed: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
