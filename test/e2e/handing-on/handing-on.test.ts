import { createPublicKey, verify } from "node:crypto";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const A2A = fileURLToPath(new URL("../../../apps/cli/bin/a2a.mjs", import.meta.url));

/** Tests look into what came back without parsing it first. */
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const folder = temporaryFolder();
let platform: PlatformProcess;
let caller: { readonly id: string; readonly key: string };

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  for (const name of ["boss", "reader"]) {
    await deployFolder(platform, fileURLToPath(new URL(`./${name}`, import.meta.url)));
  }
  for (const path of ["data/a.csv", "data/b.csv", "private/p.csv"]) {
    await platform.fetch(`/v1/workspace/files/${path}`, { method: "PUT", body: path });
  }
  caller = await json("/v1/keys", { name: "caller", scopes: ["invoke"] });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function json(path: string, body?: unknown): Promise<Json> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return await (await platform.fetch(path, body === undefined ? {} : init)).json();
}

/** A call that goes on while the test does something else. */
async function start(skill: string, input: object): Promise<string> {
  const response = await platform.fetch(`/agents/boss/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${caller.key}`, prefer: "respond-async" },
    body: JSON.stringify(input),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly taskId: string }).taskId;
}

async function outputOf(taskId: string): Promise<Json> {
  const { task } = await waitFor(
    "the end",
    async () => {
      const seen = await json(`/v1/tasks/${taskId}`);
      const { state } = seen.task.status;
      return /COMPLETED|FAILED|REJECTED|CANCELED/.test(state) ? seen : undefined;
    },
    30_000,
  );
  expect(task.status, JSON.stringify(task.status)).toMatchObject({ state: "TASK_STATE_COMPLETED" });
  return task.artifacts.find((artifact: Json) => artifact.artifactId === "output").parts[0].data;
}

async function eventsOf(taskId: string, kind: string): Promise<readonly Json[]> {
  const { events } = await json(`/v1/tasks/${taskId}/events`);
  return events.map(({ body }: Json) => body).filter((body: Json) => body.kind === kind);
}

test("an agent hands on a part of its grant, and the receipt names the person, the agents and that part", async () => {
  const taskId = await start("delegate", {
    paths: ["data/a.csv", "data/b.csv", "private/p.csv"],
    read: ["data/a.csv"],
  });
  const { files, written } = await outputOf(taskId);
  // The reader itself might read them all, if it were called by a person.
  expect(files).toEqual({
    "data/a.csv": "data/a.csv",
    "data/b.csv": "GRANT_EXCEEDED",
    "private/p.csv": "GRANT_EXCEEDED",
  });
  expect(written).toMatch(new RegExp(`^outputs/${taskId}/calls/[a-z0-9_]+/note\\.txt$`));
  const [call] = await eventsOf(taskId, "call");
  expect(call).toMatchObject({ agentName: "reader", skill: "read", childTaskId: expect.any(String) });
  const [mine] = await eventsOf(taskId, "grant");
  const receipt = await waitFor("the receipt", async () => {
    const response = await platform.fetch(`/agents/reader/runs/${call.childTaskId}/receipt`);
    if (response.status !== 200) return undefined;
    const sealed: Json = await response.json();
    return sealed.statement.predicate;
  });
  expect(receipt.caller).toMatchObject({ sub: `key_${caller.id}`, act: [expect.stringMatching(/\/agent\/boss$/)] });
  const below = written.replace("note.txt", "");
  expect(receipt.grants).toMatchObject([{ read: ["data/a.csv", `${below}**`], write: below }]);
  expect(receipt.grants[0].id).not.toBe(mine.grantId);
  expect(receipt.ops).toMatchObject({ reads: 1, writes: 1, denied: 2 });
});

test("revoking the caller's grant stops the called agent's next read within a second", async () => {
  const taskId = await start("watch", {});
  const child = await waitFor("the call", async () => (await eventsOf(taskId, "call"))[0]?.childTaskId, 20_000);
  await waitFor("the first read", async () => (await eventsOf(child, "file")).length > 0, 20_000);
  const [{ grantId }] = await eventsOf(taskId, "grant");
  const { status, stderr } = spawnSync(process.execPath, [A2A, "grants", "revoke", grantId, "--yes"], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, BERTH_URL: platform.url, BERTH_TOKEN: platform.token, NO_COLOR: "1" },
  });
  const revokedAt = Date.now();
  expect(status, stderr).toBe(0);
  const { reason, at } = await outputOf(taskId);
  expect(reason).toBe("GRANT_REVOKED");
  expect(at - revokedAt).toBeLessThan(1_000);
  expect((await eventsOf(child, "file")).at(-1)).toMatchObject({ outcome: "denied", reason: "GRANT_REVOKED" });
}, 60_000);

test("agents that call each other in a circle are stopped", async () => {
  const taskId = await start("circle", { depth: 0 });
  expect(await outputOf(taskId)).toEqual({ reason: "CALL_DEPTH_EXCEEDED", depth: 8 });
}, 60_000);

test("an agent shows others who it is, and they need nothing but the published key", async () => {
  const audience = "https://bank.example";
  const { token } = await outputOf(await start("identity", { audience }));
  const [header, payload, signature] = token.split(".");
  const decode = (part: string): Json => JSON.parse(Buffer.from(part, "base64url").toString());
  const { iss, sub, aud } = decode(payload);
  const config = await json("/workload/.well-known/openid-configuration");
  expect({ iss, aud }).toEqual({ iss: config.issuer, aud: audience });
  expect(sub).toMatch(/^spiffe:\/\/.*\/agent\/boss$/);
  const { keys } = await json(new URL(config.jwks_uri).pathname);
  const jwk = keys.find(({ kid }: Json) => kid === decode(header).kid);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  const bytes = Buffer.from(signature, "base64url");
  const ok =
    jwk.kty === "EC"
      ? verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes)
      : verify(jwk.kty === "OKP" ? null : "sha256", signed, key, bytes);
  expect(ok).toBe(true);
});
