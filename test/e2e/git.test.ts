import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

// Real git against a real platform: a push deploys, and so does what a forge tells of one.

const A2A = fileURLToPath(new URL("../../apps/cli/bin/a2a.mjs", import.meta.url));
const folder = temporaryFolder();
const project = join(folder.path, "greeter");
let platform: PlatformProcess;

interface Ran {
  readonly code: number | null;
  readonly said: string;
}

async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [file = "", ...args] = command;
  const person = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };
  const child = spawn(file, args, {
    cwd: project,
    env: {
      PATH: `${folder.path}/bin:${process.env["PATH"] ?? ""}`,
      HOME: folder.path,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      BERTH_URL: platform.url,
      BERTH_TOKEN: platform.token,
      ...person,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, said: out + err };
}

const git = async (...args: readonly string[]): Promise<Ran> => await run(["git", ...args]);

async function commit(greeting: string, isBroken = false): Promise<string> {
  const source = `import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "greeter", version: "1.0.0", description: "Greets.",
  skills: { greet: skill({ description: "Greets", tags: ["demo"], async run() { return { greeting: "${greeting}" }; } }) },
});${isBroken ? "}" : ""}`;
  writeFileSync(join(project, "agent.ts"), source);
  await git("add", "-A");
  await git("commit", "-q", "-m", greeting);
  return (await git("rev-parse", "HEAD")).said.trim();
}

async function greet(agent: string): Promise<unknown> {
  const response = await platform.fetch(`/agents/${agent}/invoke/greet`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  return ((await response.json()) as { output?: { greeting?: string } }).output?.greeting;
}

async function json(path: string, method: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await platform.fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

async function ended(deploymentId: unknown): Promise<Record<string, unknown>> {
  return await waitFor(
    "the end of a deployment",
    async () => {
      const deployment = await json(`/v1/deployments/${String(deploymentId)}`, "GET");
      return ["live", "failed", "canceled"].includes(String(deployment["status"])) ? deployment : undefined;
    },
    60_000,
  );
}

beforeAll(async () => {
  platform = await PlatformProcess.start({
    home: join(folder.path, "home"),
    env: { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" },
  });
  mkdirSync(join(folder.path, "bin"));
  writeFileSync(join(folder.path, "bin/a2a"), `#!/bin/sh\nexec "${process.execPath}" "${A2A}" "$@"\n`);
  chmodSync(join(folder.path, "bin/a2a"), 0o755);
  mkdirSync(project);
  const manifest = { name: "greeter", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(project, "berth.json"), JSON.stringify({ visibility: "public" }));
  await git("init", "-q", "-b", "main");
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

let first = "";

test("git push deploys and tells how it goes, until the agent answers", { timeout: 60_000 }, async () => {
  first = await commit("first");
  expect(await run(["a2a", "git-remote", "add", "greeter"])).toMatchObject({ code: 0 });
  const pushed = await git("push", "a2a", "main");
  expect(pushed.said).toContain("remote: ✓ greeter is live");
  expect(pushed.said).toMatch(/remote: ✓ build [\d.]+ s/);
  expect(pushed.code).toBe(0);
  expect(await greet("greeter")).toBe("first");
  expect((await git("config", "--list", "--local")).said).not.toContain(platform.token);
  expect((await git("ls-remote", "a2a")).said).toContain(`${first}\trefs/heads/main`);
});

test("a push that does not build stays pushed, and the agent stays as it was", { timeout: 60_000 }, async () => {
  const broken = await commit("broken", true);
  const pushed = await git("push", "a2a", "main");
  expect([pushed.code, pushed.said]).toEqual([0, expect.stringMatching(/remote: ✗ failed: /)]);
  expect(await greet("greeter")).toBe("first");
  expect((await git("ls-remote", "a2a", "main")).said).toContain(broken);
  // Other branches are kept, and nothing more.
  const other = await git("push", "a2a", "main:refs/heads/topic");
  expect([other.code, other.said]).toEqual([0, expect.not.stringContaining("deploying")]);
  const hidden = await git("push", "a2a", "main:refs/berth/x");
  expect([hidden.code, hidden.said]).toEqual([1, expect.stringContaining("hidden ref")]);
});

test("nobody pushes without a key that may", { timeout: 30_000 }, async () => {
  const url = `${platform.url}/git/greeter.git`;
  const { key: reader } = await json("/v1/keys", "POST", { name: "reader", scopes: ["read"] });
  const { key: other } = await json("/v1/keys", "POST", { name: "other", scopes: ["deploy"], agents: ["other"] });
  const attempts = ["", "wrong", String(reader), String(other)].map(async (password) => {
    const at = url.replace("://", `://somebody:${password}@`);
    return await run(["git", "push", at, "main"], { BERTH_TOKEN: "", GIT_ASKPASS: "/bin/false" });
  });
  const refused = await Promise.all(attempts);
  expect(refused.map(({ code }) => code)).toEqual([128, 128, 128, 128]);
  expect(refused.map(({ said }) => /Authentication failed|error: 40[13]|could not read/i.test(said))).not.toContain(
    false,
  );
  expect((await platform.fetch("/git/..%2f..%2fetc.git/info/refs?service=git-upload-pack")).status).toBe(404);
});

test(
  "a signed delivery deploys the commit it names, from a private repository, once",
  { timeout: 60_000 },
  async () => {
    const url = `${platform.url}/git/greeter.git`;
    expect((await platform.fetch("/v1/secrets/FORGE", secretBody(platform.token))).status).toBe(200);
    const connected = await run(["a2a", "source", "connect", "hooked", url, "--credential", "FORGE", "--json"]);
    const { webhookUrl, secret } = JSON.parse(connected.said) as Record<string, string>;
    const body = JSON.stringify({ ref: "refs/heads/main", after: first, repository: { clone_url: url } });
    const deliver = async (signedWith: string): Promise<Response> =>
      await fetch(webhookUrl ?? "", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": "push",
          "x-github-delivery": "d-1",
          "x-hub-signature-256": `sha256=${createHmac("sha256", signedWith).update(body).digest("hex")}`,
        },
        body,
      });
    expect((await deliver("guessed")).status).toBe(401);
    const taken = (await (await deliver(secret ?? "")).json()) as Record<string, unknown>;
    expect(taken["commit"]).toBe(first);
    expect(await (await deliver(secret ?? "")).json()).toEqual({ ignored: "it was here before" });
    const deployment = await ended(taken["deploymentId"]);
    expect(deployment).toMatchObject({ status: "live", agent: "hooked", revision: { commit: first } });
    expect(JSON.stringify(deployment)).not.toContain(platform.token);
    expect(await greet("hooked")).toBe("first");
  },
);

test("a URL with a ref is deployed, and one that is not there says so", { timeout: 60_000 }, async () => {
  const source = { kind: "git", url: `${platform.url}/git/greeter.git`, credential: "FORGE" };
  const started = ["topic-gone", first].map(async (ref) => {
    const { deploymentId } = await json("/v1/deployments", "POST", { source: { ...source, ref }, name: "by-url" });
    return await ended(deploymentId);
  });
  const [gone, live] = await Promise.all(started);
  expect(gone).toMatchObject({ status: "failed", error: { reason: "SOURCE_FAILED" } });
  expect(live).toMatchObject({ status: "live", revision: { commit: first } });
});

function secretBody(value: string): RequestInit {
  return { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ value }) };
}
