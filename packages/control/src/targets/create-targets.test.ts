import { expect, test } from "vitest";
import { CLOUD_RUN, DIGEST, admin, openTargetWorld, publish, reader } from "./targets.fixture.ts";
import type { TargetWorld } from "./targets.fixture.ts";

const AUTHORITY = Buffer.from("the authority").toString("base64");
const KUBECONFIG = JSON.stringify({
  "current-context": "c",
  contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
  clusters: [
    { name: "k", cluster: { server: "https://cluster.example:6443", "certificate-authority-data": AUTHORITY } },
  ],
  users: [{ name: "u", user: { token: "cluster-token" } }],
});
const KUBERNETES = { kind: "kubernetes", settings: { namespace: "agents" }, credential: KUBECONFIG } as const;
const quiet = { log: () => undefined, signal: new AbortController().signal };

async function placed(world: TargetWorld, releaseId = "rel_1"): Promise<string> {
  await world.targets.save(admin, { name: "run", ...CLOUD_RUN });
  const agentId = await publish(world.store, "echo", releaseId);
  const release = await world.store.agents.find("org_1", "echo");
  if (release === undefined) throw new Error("it was published");
  await world.targets.place({ orgId: "org_1", target: "run", release }, quiet);
  return agentId;
}

test("who may only read sees targets and changes none; each change is audited", async () => {
  const { store, targets } = await openTargetWorld();
  await expect(targets.save(reader, { name: "run", ...CLOUD_RUN })).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
  await targets.save(admin, { name: "run", ...CLOUD_RUN });
  expect((await targets.list(reader)).map(({ name }) => name)).toEqual(["run"]);
  await expect(targets.remove(reader, "run")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  await targets.remove(admin, "run");
  await expect(targets.get(reader, "run")).rejects.toMatchObject({ reason: "TARGET_NOT_FOUND" });
  const entries = await store.audit.list("org_1", 10);
  expect(entries.map(({ action, actor, resource }) => [action, actor, resource])).toEqual([
    ["target.remove", "key_admin", "run"],
    ["target.put", "key_admin", "run"],
  ]);
});

test("another organization's target is nobody's", async () => {
  const { targets } = await openTargetWorld();
  await targets.save(admin, { name: "run", ...CLOUD_RUN });
  const stranger = { ...admin, orgId: "org_2" };
  for (const call of [targets.get(stranger, "run"), targets.check(stranger, "run"), targets.remove(stranger, "run")]) {
    await expect(call).rejects.toMatchObject({ reason: "TARGET_NOT_FOUND" });
  }
  await expect(targets.plan(stranger, { target: "run", agent: "echo" })).rejects.toMatchObject({
    reason: "TARGET_NOT_FOUND",
  });
});

test.each([
  ["a setting that is missing", { settings: { project: "my-agents-123" } }, /^region \(Region\) is needed/],
  ["one of another form", { settings: { ...CLOUD_RUN.settings, region: "Berlin" } }, /^region .* not of the form/],
  ["one that there is not", { settings: { ...CLOUD_RUN.settings, zone: "a" } }, /no setting "zone"/],
  ["a kind that there is not", { kind: "moon" }, /no kind of target "moon"/],
  ["a credential where none is taken", { credential: "{}" }, /take no credential/],
  ["a registry with a tag", { registry: { repository: "r.example/agents:v1" } }, /^registry\.repository/],
  ["a registry without a host", { registry: { repository: "agents" } }, /^registry\.repository/],
  [
    "a credential that is no secret's name",
    { registry: { repository: "r.example/a", credential: "a:b" } },
    /^registry/,
  ],
  ["the name of this platform", { name: "local" }, /this platform itself/],
  ["a name that agents could not have", { name: "Run_1" }, /./],
])("%s is refused by name", async (_what, change, message) => {
  const { targets } = await openTargetWorld();
  const save = targets.save(admin, { name: "run", ...CLOUD_RUN, ...change });
  await expect(save).rejects.toMatchObject({ message: expect.stringMatching(message) });
  expect(await targets.list(admin)).toEqual([]);
});

test("a name keeps its kind, and there are at most fifty", async () => {
  const { targets } = await openTargetWorld();
  for (let each = 0; each < 50; each += 1) await targets.save(admin, { name: `run-${each}`, ...CLOUD_RUN });
  await expect(targets.save(admin, { name: "run-0", ...KUBERNETES })).rejects.toMatchObject({
    reason: "STORE_CONFLICT",
  });
  await expect(targets.save(admin, { name: "more", ...CLOUD_RUN })).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
  await targets.save(admin, { name: "run-0", ...CLOUD_RUN });
});

test("a kubeconfig is kept sealed, stays when it is not named, and goes when it is null", async () => {
  const world = await openTargetWorld();
  const { targets } = world;
  const { sealedCredential = "" } = await targets.save(admin, { name: "k8s", ...KUBERNETES });
  expect(sealedCredential).not.toMatch(/cluster-token|apiVersion/);
  const { credential: _credential, ...without } = KUBERNETES;
  expect(await targets.save(admin, { name: "k8s", ...without })).toMatchObject({ sealedCredential });
  world.answer = () => [404, { kind: "Status", details: { name: "x" } }];
  await targets.check(admin, "k8s");
  expect(world.secured).toEqual([{ ca: "the authority" }]);
  expect(world.sent[0]).toMatchObject({
    url: expect.stringMatching(/^https:\/\/cluster\.example:6443\//),
    headers: { authorization: "Bearer cluster-token" },
  });
  expect(world.closed).toBe(1);
  expect(await targets.save(admin, { name: "k8s", ...without, credential: null })).not.toHaveProperty(
    "sealedCredential",
  );
});

test("a sealed credential opens nothing under another name", async () => {
  const { store, targets, sent } = await openTargetWorld();
  const record = await targets.save(admin, { name: "k8s", ...KUBERNETES });
  await store.targets.save({ ...record, name: "other" });
  await expect(targets.check(admin, "other")).rejects.toThrow();
  expect(sent).toEqual([]);
});

test("without a credential a cluster is the one that the platform runs in, with the token of now", async () => {
  let asked = 0;
  const cluster = async (): Promise<{ server: string; token: string }> => ({
    server: "https://10.0.0.1:443",
    token: `token-${(asked += 1)}`,
  });
  const world = await openTargetWorld({ cluster });
  world.answer = () => [404, { kind: "Status", details: { name: "x" } }];
  const { credential: _credential, ...without } = KUBERNETES;
  await world.targets.save(admin, { name: "k8s", ...without });
  await world.targets.check(admin, "k8s");
  await world.targets.check(admin, "k8s");
  const tokens = new Set(world.sent.map(({ headers }) => headers["authorization"]));
  expect([...tokens]).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("a check says all that is missing, and what to do", async () => {
  const world = await openTargetWorld();
  await world.targets.save(admin, { name: "run", kind: "cloud-run", settings: CLOUD_RUN.settings });
  world.answer = () => [403, { error: { message: "denied" } }];
  expect(await world.targets.check(reader, "run")).toMatchObject({
    ok: false,
    problems: [
      { message: expect.stringContaining("no registry"), hint: expect.stringContaining("a2a targets set run") },
      { message: expect.stringContaining("denied"), hint: expect.stringContaining("roles") },
    ],
  });
  world.answer = () => [404, {}];
  await world.targets.save(admin, { name: "run", ...CLOUD_RUN });
  expect(await world.targets.check(reader, "run")).toMatchObject({ ok: true, problems: [] });
  const { targets } = await openTargetWorld();
  const { credential: _credential, ...without } = KUBERNETES;
  await targets.save(admin, { name: "k8s", ...without });
  const { problems } = await targets.check(reader, "k8s");
  expect(problems.map(({ message }) => message)).toContainEqual(expect.stringContaining("runs in no cluster"));
});

test("placing pushes the image with its digest, keeps the place, and its status and logs are the target's", async () => {
  const world = await openTargetWorld();
  const { targets, store, sent } = world;
  await placed(world);
  expect(world.pushed).toEqual(["echo r.example/agents/echo rel_1 google"]);
  const made = sent.find(({ method }) => method === "POST");
  expect(JSON.stringify(made?.json)).toContain(`r.example/agents/echo@${DIGEST}`);
  expect(new Set(sent.map(({ url, headers }) => `${new URL(url).host} ${headers["authorization"] ?? ""}`))).toEqual(
    new Set(["run.googleapis.com Bearer google-token"]),
  );
  expect(await store.targets.placement("org_1", "rel_1")).toMatchObject({ target: "run", agentId: "agt_echo" });
  expect(await targets.status(reader, { agent: "echo" })).toMatchObject({
    placed: { releaseId: "rel_1", target: "run" },
    status: { state: "ready", url: "https://echo-x.a.run.app" },
  });
  const lines = await targets.logs(reader, { agent: "echo", since: 0, follow: false }, quiet.signal);
  expect(await Array.fromAsync(lines)).toMatchObject([{ text: "hello" }]);
  expect((await targets.placements(reader, "echo")).map(({ releaseId }) => releaseId)).toEqual(["rel_1"]);
});

test("a plan sends nothing, and shows what others have changed since", async () => {
  const world = await openTargetWorld();
  await placed(world);
  const before = world.sent.length;
  const wanted = { target: "run", agent: "echo" };
  expect((await world.targets.plan(reader, wanted)).changes).toMatchObject([{ change: "unchanged" }]);
  world.service.current = { ...world.service.current, ingress: "INGRESS_TRAFFIC_NONE" };
  const { changes, plan } = await world.targets.plan(reader, wanted);
  expect(changes).toMatchObject([
    { change: "update", differences: [{ path: "ingress", is: "INGRESS_TRAFFIC_NONE", wanted: "INGRESS_TRAFFIC_ALL" }] },
  ]);
  expect(Object.keys(plan.files)).toEqual(["echo.service.json"]);
  expect(new Set(world.sent.slice(before).map(({ method }) => method))).toEqual(new Set(["GET"]));
});

test("a release without an image, and a target without a registry, are refused before anything is sent", async () => {
  const { store, targets, sent } = await openTargetWorld();
  await targets.save(admin, { name: "bare", kind: "cloud-run", settings: CLOUD_RUN.settings });
  await publish(store, "echo", "rel_1", false);
  await expect(targets.plan(reader, { target: "bare", agent: "echo" })).rejects.toMatchObject({
    reason: "IMAGE_NOT_FOUND",
  });
  await publish(store, "other", "rel_2");
  await expect(targets.plan(reader, { target: "bare", agent: "other" })).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
  });
  expect(sent).toEqual([]);
});

test("what runs here has no place elsewhere, and a key of other agents sees none", async () => {
  const world = await openTargetWorld();
  await publish(world.store, "local", "rel_2");
  await expect(world.targets.status(reader, { agent: "local" })).rejects.toMatchObject({
    reason: "UNSUPPORTED_OPERATION",
  });
  await placed(world);
  const narrow = { ...reader, agents: ["local"] };
  await expect(world.targets.status(narrow, { agent: "echo" })).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
  await expect(world.targets.placements(narrow, "echo")).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
});

test("a target with releases stays, unless they are abandoned; destroying them frees it", async () => {
  const world = await openTargetWorld();
  const agentId = await placed(world);
  await expect(world.targets.remove(admin, "run")).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  await world.targets.remove(admin, "run", { abandon: true });
  expect(await world.store.targets.placement("org_1", "rel_1")).toBeUndefined();
  expect(world.service.current).toBeDefined();
  await placed(world);
  await world.targets.destroy("org_1", agentId, quiet.signal);
  await world.targets.destroy("org_1", agentId, quiet.signal);
  expect(world.service.current).toBeUndefined();
  await world.targets.remove(admin, "run");
});

test("traffic goes back to an earlier release, and to what is not placed it does not go", async () => {
  const world = await openTargetWorld();
  await placed(world);
  await placed(world, "rel_2");
  const revisionOf = async (releaseId: string): Promise<object> => {
    const { resources } = (await world.store.targets.placement("org_1", releaseId))?.placement ?? {};
    return resources instanceof Object && "revision" in resources ? { revision: resources["revision"] } : {};
  };
  await world.targets.rollback({ orgId: "org_1", releaseId: "rel_1" }, quiet);
  expect(world.sent.findLast(({ method }) => method === "PATCH")?.json["traffic"]).toMatchObject([
    { ...(await revisionOf("rel_2")), percent: 0 },
    { ...(await revisionOf("rel_1")), percent: 100 },
  ]);
  const before = world.sent.length;
  await world.targets.rollback({ orgId: "org_1", releaseId: "rel_none" }, quiet);
  expect(world.sent.length).toBe(before);
});
