import { createHmac, randomBytes } from "node:crypto";
import { PlatformError, createIdGenerator } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { DeploymentRecord, SourceKind } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { beforeEach, describe, expect, test } from "vitest";
import type { DeployRequest } from "../deploys/deploys.ts";
import { SecretSealer } from "../webhooks/seal-secret.ts";
import { createSources } from "./create-sources.ts";
import type { NewSourceConnection, Source, Sources } from "./sources.ts";

const NOW = new Date("2026-11-29T12:00:00Z");
const COMMIT = "c0ffee".padEnd(40, "0");
const URL_TEXT = "https://github.com/acme/agents.git";
const developer: Principal = { kind: "api_key", id: "key_1", orgId: "org_1", scopes: ["deploy"] };

let store: ReturnType<typeof createInMemoryStore>;
let sources: Sources;
let started: { readonly principal: Principal; readonly request: DeployRequest }[];
let failing: PlatformError | undefined;
let rights: Principal;

beforeEach(() => {
  store = createInMemoryStore();
  started = [];
  failing = undefined;
  rights = developer;
  sources = createSources({
    store,
    auth: { principalOf: async () => rights },
    deploys: {
      async start(principal, request) {
        if (failing !== undefined) throw failing;
        started.push({ principal, request });
        return deploymentOf(`dep_${started.length}`);
      },
    },
    sealer: new SecretSealer({ key: randomBytes(32), randomBytes }),
    ids: createIdGenerator({ now: () => NOW.getTime(), randomBytes }),
    now: () => NOW,
    randomBytes,
  });
});

function deploymentOf(deploymentId: string): DeploymentRecord {
  const at = NOW.toISOString();
  const source = { kind: "archive", blob: "", bytes: 0 } as const;
  const record = {
    orgId: "org_1",
    deploymentId,
    status: "queued",
    source,
    options: { trust: false },
    steps: [],
  } as const;
  return { ...record, principal: developer, createdBy: "key_1", createdAt: at, updatedAt: at };
}

async function connected(
  connection: Partial<NewSourceConnection> = {},
): Promise<{ readonly source: Source; readonly secret: string }> {
  const { source, secret = "" } = await sources.connect(developer, "echo", { url: URL_TEXT, ...connection });
  return { source, secret };
}

interface Sent {
  readonly kind?: SourceKind;
  readonly payload?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const githubPush = (changes: object = {}): object => ({
  ref: "refs/heads/main",
  after: COMMIT,
  deleted: false,
  repository: { clone_url: URL_TEXT, ssh_url: "git@github.com:acme/agents.git" },
  ...changes,
});
const gitlabPush = (changes: object = {}): object => ({
  object_kind: "push",
  ref: "refs/heads/main",
  after: COMMIT,
  project: { git_http_url: URL_TEXT },
  ...changes,
});

async function send(
  sourceId: string,
  secret: string,
  { kind = "github", payload, headers }: Sent = {},
): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(payload ?? (kind === "github" ? githubPush() : gitlabPush())));
  const github = {
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    "x-github-delivery": "d-1",
    "x-github-event": "push",
  };
  const gitlab = { "x-gitlab-token": secret, "x-gitlab-event": "Push Hook", "idempotency-key": "d-1" };
  const all: Record<string, string> = { ...(kind === "github" ? github : gitlab), ...headers };
  return await sources.receive(sourceId, { header: (name) => all[name], body });
}

describe("a connection", () => {
  test("has an address and a secret that is told once, and stays when it is changed", async () => {
    const { source, secret } = await connected({ path: "agents/echo", credential: "FORGE_TOKEN" });
    expect(source).toMatchObject({ kind: "github", branch: "main", autoDeploy: true, path: "agents/echo" });
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const again = await sources.connect(developer, "echo", { url: URL_TEXT, branch: "next" });
    expect([again.source.sourceId, again.secret]).toEqual([source.sourceId, undefined]);
    expect(again.source).not.toHaveProperty("credential");
    expect(await sources.get(developer, "echo")).toEqual(again.source);
    expect(JSON.stringify(await store.sources.find(source.sourceId))).not.toContain(secret);
    const rotated = await sources.rotate(developer, "echo");
    await expect(send(source.sourceId, secret)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    await expect(send(source.sourceId, rotated.secret)).resolves.toMatchObject({ ignored: "another branch than next" });
    await sources.disconnect(developer, "echo");
    await expect(sources.get(developer, "echo")).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
    await expect(send(source.sourceId, rotated.secret)).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
    const written = await store.audit.list("org_1", 10);
    expect(written.map(({ action }) => action).toSorted()).toEqual([
      "source.connect",
      "source.connect",
      "source.disconnect",
      "source.rotate",
    ]);
  });

  test("is not seen by another organization, nor by those who may not deploy the agent", async () => {
    await connected();
    const foreign = { ...developer, orgId: "org_2" };
    await expect(sources.get(foreign, "echo")).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
    await expect(sources.disconnect(foreign, "echo")).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
    for (const wrong of [
      { ...developer, scopes: ["read"] as const },
      { ...developer, agents: ["other"] },
    ]) {
      await expect(sources.get(wrong, "echo")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
      await expect(sources.connect(wrong, "echo", { url: URL_TEXT })).rejects.toMatchObject({
        reason: "PERMISSION_DENIED",
      });
    }
  });

  test.each([
    ["a file", { url: "file:///etc/passwd" }],
    ["a password", { url: "https://a:b@github.com/a/b" }],
    ["a pattern of branches", { url: URL_TEXT, branch: "*" }],
    ["a ref", { url: URL_TEXT, branch: "refs/heads/main" }],
    ["a folder elsewhere", { url: URL_TEXT, path: "../../etc" }],
    ["a folder from the root", { url: URL_TEXT, path: "/etc" }],
    ["a secret itself", { url: URL_TEXT, credential: "ghp_abc" }],
  ])("is not made of %s", async (_what, connection) => {
    await expect(sources.connect(developer, "echo", connection)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });
});

describe("a delivery of GitHub's", () => {
  test("deploys the very commit that was pushed, with the rights of whoever connected it", async () => {
    const { source, secret } = await connected({ path: "agents/echo", credential: "FORGE_TOKEN" });
    expect(await send(source.sourceId, secret)).toEqual({ deploymentId: "dep_1", commit: COMMIT });
    expect(started).toEqual([
      {
        principal: developer,
        request: {
          source: { kind: "git", url: URL_TEXT, ref: COMMIT, path: "agents/echo", credential: "FORGE_TOKEN" },
          name: "echo",
          trust: false,
          idempotencyKey: `${source.sourceId}:d-1`,
        },
      },
    ]);
  });

  test("deploys once, also when the same bytes come under another id", async () => {
    const { source, secret } = await connected();
    await send(source.sourceId, secret);
    const ignored = { ignored: "it was here before" };
    expect(await send(source.sourceId, secret)).toEqual(ignored);
    expect(await send(source.sourceId, secret, { headers: { "x-github-delivery": "d-2" } })).toEqual(ignored);
    expect(await send(source.sourceId, secret, { payload: githubPush({ n: 2 }) })).toEqual(ignored);
    expect(started).toHaveLength(1);
  });

  test("may come again when it could not be dealt with", async () => {
    const { source, secret } = await connected();
    failing = new PlatformError("RATE_LIMITED", "Too many wait.", { retryable: true });
    await expect(send(source.sourceId, secret)).rejects.toMatchObject({ reason: "RATE_LIMITED" });
    failing = undefined;
    expect(await send(source.sourceId, secret)).toMatchObject({ deploymentId: "dep_1" });
  });

  test.each([
    ["a ping", { headers: { "x-github-event": "ping" }, payload: { zen: "" } }, "not a push: ping"],
    ["another event", { headers: { "x-github-event": "release" } }, "not a push: release"],
    ["another branch", { payload: githubPush({ ref: "refs/heads/next" }) }, "another branch than main"],
    ["a tag", { payload: githubPush({ ref: "refs/tags/main" }) }, "another branch than main"],
    ["a deleted branch", { payload: githubPush({ deleted: true }) }, "the branch was deleted"],
    ["no commit at all", { payload: githubPush({ after: "0".repeat(40) }) }, "the branch was deleted"],
    ["an expression for a commit", { payload: githubPush({ after: "main; touch x" }) }, "no commit"],
    ["a ref with control characters", { payload: githubPush({ ref: "refs/heads/a\u001b" }) }, "no ref"],
    [
      "another repository",
      { payload: githubPush({ repository: { clone_url: "https://github.com/evil/x" } }) },
      "another repository",
    ],
    ["no repository", { payload: githubPush({ repository: null }) }, "another repository"],
    ["a list", { payload: [1, 2] }, "another repository"],
  ])("is taken and ignored when it is of %s", async (_what, sent, why) => {
    const { source, secret } = await connected();
    expect(await send(source.sourceId, secret, sent)).toEqual({ ignored: why });
    expect(started).toEqual([]);
  });

  test("is refused when the signature does not hold, whatever it says", async () => {
    const { source, secret } = await connected();
    for (const signature of ["", "sha256=", `sha256=${"0".repeat(64)}`, `sha1=${"0".repeat(40)}`, secret]) {
      const sending = send(source.sourceId, secret, { headers: { "x-hub-signature-256": signature } });
      await expect(sending, signature).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    }
    await expect(send(source.sourceId, "another secret")).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    await expect(send("src_unknown", secret)).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
    expect(started).toEqual([]);
  });

  test("deploys nothing when that is not wanted, or whoever connected it has lost the right", async () => {
    const { source, secret } = await connected({ autoDeploy: false });
    expect(await send(source.sourceId, secret)).toEqual({ ignored: "the source does not deploy by itself" });
    await connected();
    rights = { ...developer, scopes: ["read"] };
    await expect(send(source.sourceId, secret)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    rights = { ...developer, agents: ["other"] };
    await expect(send(source.sourceId, secret)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    expect(started).toEqual([]);
  });
});

describe("a delivery of GitLab's", () => {
  test("shows the secret as its token", async () => {
    const { source, secret } = await connected({ kind: "gitlab" });
    expect(await send(source.sourceId, secret, { kind: "gitlab" })).toMatchObject({ commit: COMMIT });
    expect(await send(source.sourceId, secret, { kind: "gitlab" })).toEqual({ ignored: "it was here before" });
    const wrong = send(source.sourceId, secret, { kind: "gitlab", headers: { "x-gitlab-token": `${secret}x` } });
    await expect(wrong).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    const deleted = { kind: "gitlab", payload: gitlabPush({ after: "0".repeat(40) }) } as const;
    expect(await send(source.sourceId, secret, deleted)).toEqual({ ignored: "the branch was deleted" });
  });

  test("is signed where GitLab has a signing token, and then holds for five minutes", async () => {
    const { source, secret } = await connected({ kind: "gitlab" });
    const body = JSON.stringify(gitlabPush());
    const signed = (id: string, at: number): Record<string, string> => {
      const key = Buffer.from(secret.replace("whsec_", ""), "base64");
      const mac = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
      return {
        "webhook-id": id,
        "webhook-timestamp": String(at),
        "webhook-signature": `v1,${mac}`,
        "x-gitlab-token": "",
      };
    };
    const now = NOW.getTime() / 1_000;
    const sent = { kind: "gitlab", payload: gitlabPush() } as const;
    const late = send(source.sourceId, secret, { ...sent, headers: signed("w-1", now - 301) });
    await expect(late).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    const forged = { ...signed("w-1", now), "webhook-id": "w-2" };
    await expect(send(source.sourceId, secret, { ...sent, headers: forged })).rejects.toMatchObject({
      reason: "UNAUTHENTICATED",
    });
    expect(await send(source.sourceId, secret, { ...sent, headers: signed("w-1", now) })).toMatchObject({
      commit: COMMIT,
    });
  });
});
