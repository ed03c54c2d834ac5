import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { AgentCard, JsonObject, Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundAnswer, OutboundRequest } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard } from "@berth/testing";
import { expect, test } from "vitest";
import { digestOf } from "../receipts/node-sha256.ts";
import { SecretSealer } from "../webhooks/seal-secret.ts";
import { createRegistry } from "./create-registry.ts";
import { createRemoteAgents } from "./create-remote-agents.ts";
import { toRemoteTarget } from "./remote-release.ts";

const deployer: Principal = { kind: "api_key", id: "key_d", orgId: DEFAULT_ORG_ID, scopes: ["deploy"] };
const caller: Principal = { kind: "api_key", id: "key_c", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const WELL_KNOWN = "https://w.example/.well-known/agent-card.json";

function cardAt(url: string, change: Partial<AgentCard> = {}): AgentCard {
  return {
    ...scriptedCard(),
    name: "Weather Agent",
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    ...change,
  };
}

const oldCard: JsonObject = {
  name: "old",
  description: "Speaks 0.3.",
  version: "1",
  protocolVersion: "0.3.0",
  url: "https://w.example/rpc",
  capabilities: {},
  defaultInputModes: [],
  defaultOutputModes: [],
  skills: [],
};

/** What stands at each address; anything else is 404. Addresses on `10.` are refused. */
function house() {
  const store = createInMemoryStore();
  const places = new Map<string, unknown>();
  const asked: string[] = [];
  const now = (): Date => new Date("2026-11-29T12:00:00.000Z");
  const sealer = new SecretSealer({ key: randomBytes(32), randomBytes });
  const assertUrl = async (text: string): Promise<URL> => {
    const url = new URL(text);
    if (url.hostname.startsWith("10.")) throw new OutboundError("refused", "must not lead to a private address");
    return url;
  };
  const outbound = {
    assertUrl,
    async request({ url, headers }: OutboundRequest): Promise<OutboundAnswer> {
      await assertUrl(url);
      asked.push(`${url} ${headers?.["a2a-version"] ?? ""}`);
      const answer = (body: unknown, status: number, more: object = {}): OutboundAnswer => {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        return { status, headers: {}, body: Buffer.from(text), truncated: false, ...more };
      };
      const found = places.get(url);
      if (found === "gone") throw new OutboundError("unreachable", "connect ECONNREFUSED");
      if (found === "huge") return answer("{", 200, { truncated: true });
      if (found === "elsewhere") return answer("", 302, { headers: { location: "http://169.254.169.254/" } });
      return found === undefined ? answer("not here", 404) : answer(found, 200);
    },
  };
  const registry = createRegistry({ store, runtime: { drain: async () => undefined }, now });
  const ids = createIdGenerator({ now: Date.now, randomBytes });
  const remotes = createRemoteAgents({ store, registry, outbound, sealer, ids, now });
  return { store, places, asked, sealer, registry, remotes };
}

test("an import keeps the card as it was served, its digest, and the interface that will be called", async () => {
  const { places, remotes, store, registry } = house();
  const card = cardAt("https://api.w.example/a2a");
  places.set(WELL_KNOWN, card);
  const { agent, release } = await remotes.import(deployer, { url: "https://w.example" });
  expect(agent).toMatchObject({ name: "weather-agent", kind: "remote" });
  expect(release).toMatchObject({
    digest: digestOf(JSON.stringify(card)),
    upstreamCard: JSON.stringify(card),
    config: { visibility: "private" },
    remote: {
      cardUrl: WELL_KNOWN,
      url: "https://api.w.example/a2a",
      protocolBinding: "JSONRPC",
      protocolVersion: "1.0",
    },
  });
  expect((await registry.find(caller, "weather-agent")).release).toEqual(release);
  expect((await store.audit.list(DEFAULT_ORG_ID, 1))[0]).toMatchObject({ action: "agent.import", actor: "key_d" });
  expect(remotes.status(release.releaseId)).toEqual({ checkedAt: "2026-11-29T12:00:00.000Z" });
  await expect(remotes.import(caller, { url: "https://w.example" })).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
});

test("the card is looked for at the well-known places, newest first, then at the address itself", async () => {
  const { places, remotes, asked } = house();
  places.set("https://w.example/agents/x?v=1", oldCard);
  const { release } = await remotes.import(deployer, { url: "https://w.example/agents/x?v=1#top", name: "x" });
  expect(asked).toEqual([
    "https://w.example/agents/x/.well-known/agent-card.json 1.0",
    "https://w.example/agents/x/.well-known/agent-card.json 0.3",
    "https://w.example/agents/x/.well-known/agent.json 0.3",
    "https://w.example/agents/x?v=1 1.0",
  ]);
  expect(release.remote).toMatchObject({ url: "https://w.example/rpc", protocolVersion: "0.3" });
});

test("an interface of 1.0 comes before one of 0.3, whatever the card's order", async () => {
  const { places, remotes } = house();
  const rpc = { url: "https://w.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "0.3" };
  const rest = { url: "https://w.example/rest", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" };
  places.set(WELL_KNOWN, cardAt("", { supportedInterfaces: [rpc, rest] }));
  const { release } = await remotes.import(deployer, { url: WELL_KNOWN });
  expect(release.remote).toMatchObject({ url: rest.url, protocolBinding: "HTTP+JSON" });
});

test.each([
  ["no address", "weather", undefined, "INVALID_PARAMS", "absolute URL"],
  ["a private address", "http://10.0.0.1/", undefined, "INVALID_PARAMS", "private address"],
  ["nobody there", WELL_KNOWN, "gone", "AGENT_UNRESPONSIVE", "ECONNREFUSED"],
  ["no card", "https://w.example", undefined, "CARD_INVALID", "HTTP 404"],
  ["a redirect", WELL_KNOWN, "elsewhere", "CARD_INVALID", "redirects are not followed"],
  ["a card without end", WELL_KNOWN, "huge", "CARD_INVALID", "larger than 1 MiB"],
  ["no JSON", WELL_KNOWN, "<html>", "CARD_INVALID", "not JSON"],
  ["half a card", WELL_KNOWN, { name: "x", url: "https://w.example" }, "CARD_INVALID", "description"],
  ["a bottomless card", WELL_KNOWN, bottomless(), "CARD_INVALID", "nested deeper"],
  ["an interface inside", WELL_KNOWN, cardAt("http://10.0.0.1/rpc"), "CARD_INVALID", "private address"],
  ["only gRPC", WELL_KNOWN, cardAt("", { supportedInterfaces: [grpc()] }), "CARD_INVALID", "supportedInterfaces"],
])("an import of %s is refused and says why", async (_what, url, served, reason, message) => {
  const { places, remotes, store } = house();
  places.set(WELL_KNOWN, served);
  await expect(remotes.import(deployer, { url })).rejects.toMatchObject({
    reason,
    message: expect.stringContaining(message),
  });
  expect((await store.agents.list({ orgId: DEFAULT_ORG_ID }, { size: 10 })).agents).toEqual([]);
});

test("a name of an agent that runs here is not taken over, one of a remote agent is", async () => {
  const { places, remotes, store } = house();
  places.set(WELL_KNOWN, cardAt("https://w.example/a2a"));
  const first = await remotes.import(deployer, { url: WELL_KNOWN, name: "weather" });
  const second = await remotes.import(deployer, { url: WELL_KNOWN, name: "weather", visibility: "public" });
  expect(second.agent.agentId).toBe(first.agent.agentId);
  expect(second.release).toMatchObject({ config: { visibility: "public" } });
  const { remote: _remote, ...local } = first.release;
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: "agt_l", name: "local", kind: "deployed", activeReleaseId: "rel_l" },
    { ...local, agentId: "agt_l", releaseId: "rel_l" },
  );
  const taken = { reason: "STORE_CONFLICT" };
  await expect(remotes.import(deployer, { url: WELL_KNOWN, name: "local" })).rejects.toMatchObject(taken);
  await expect(remotes.refresh(deployer, "local")).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  const reserved = { reason: "CONFIG_INVALID" };
  await expect(remotes.import(deployer, { url: WELL_KNOWN, name: "import" })).rejects.toMatchObject(reserved);
});

test("a credential is kept sealed and goes out as the card's scheme says", async () => {
  const { places, remotes, sealer } = house();
  const scheme = { apiKeySecurityScheme: { location: "header", name: "X-Weather-Key" } };
  places.set(WELL_KNOWN, cardAt("https://w.example/a2a", { securitySchemes: { key: scheme } }));
  const { release } = await remotes.import(deployer, { url: WELL_KNOWN, credential: "s3cret" });
  expect(JSON.stringify(release)).not.toContain("s3cret");
  expect(toRemoteTarget(release, { sealer })?.headers).toEqual({ "x-weather-key": "s3cret" });
  const { remote } = release;
  const stolen = {
    ...release,
    ...(remote === undefined ? {} : { remote: { ...remote, url: "https://evil.example/" } }),
  };
  const said: string[] = [];
  expect(toRemoteTarget(stolen, { sealer, log: (line) => said.push(line) })?.headers).toEqual({});
  expect(said[0]).toContain(release.releaseId);
});

test("a changed card is drift until somebody accepts exactly the one that was shown", async () => {
  const { places, remotes, registry } = house();
  places.set(WELL_KNOWN, cardAt("https://w.example/a2a"));
  const { release } = await remotes.import(deployer, { url: WELL_KNOWN, name: "weather", credential: "c" });
  const skills = [{ id: "storm", name: "Storm", description: "", tags: [] }];
  const changed = cardAt("https://w.example/v2", { skills });
  places.set(WELL_KNOWN, changed);
  await remotes.refreshAll(new AbortController().signal);
  const drift = {
    oldDigest: release.digest,
    newDigest: digestOf(JSON.stringify(changed)),
    skillsAdded: ["storm"],
    skillsRemoved: ["echo"],
    interface: { from: "JSONRPC 1.0 https://w.example/a2a", to: "JSONRPC 1.0 https://w.example/v2" },
  };
  expect(remotes.status(release.releaseId)?.drift).toEqual(drift);
  expect((await registry.find(caller, "weather")).release).toEqual(release);

  places.set(WELL_KNOWN, { ...changed, version: "3" });
  await expect(remotes.accept(deployer, "weather")).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  const accepted = await remotes.accept(deployer, "weather");
  expect(accepted.release).toMatchObject({ card: { version: "3" }, remote: { url: "https://w.example/v2" } });
  expect(remotes.status(release.releaseId)).toBeUndefined();
  expect(remotes.status(accepted.release.releaseId)?.drift).toBeUndefined();
  expect(await remotes.accept(deployer, "weather")).toEqual(accepted);

  places.set(WELL_KNOWN, cardAt("https://elsewhere.example/"));
  await remotes.refresh(deployer, "weather");
  await expect(remotes.accept(deployer, "weather")).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  expect((await registry.find(caller, "weather")).release).toEqual(accepted.release);
});

test("an agent that cannot be reached is noted with the drift that was known, and forgotten with the agent", async () => {
  const { places, remotes, registry } = house();
  places.set(WELL_KNOWN, cardAt("https://w.example/a2a"));
  const { release } = await remotes.import(deployer, { url: WELL_KNOWN, name: "weather" });
  places.set(WELL_KNOWN, cardAt("https://w.example/a2a", { version: "2" }));
  await remotes.refresh(deployer, "weather");
  places.set(WELL_KNOWN, "gone");
  await remotes.refresh(deployer, "weather");
  expect(remotes.status(release.releaseId)).toMatchObject({
    problem: expect.stringContaining("ECONNREFUSED"),
    drift: { skillsAdded: [], skillsRemoved: [] },
  });
  await registry.remove(deployer, "weather");
  await remotes.refreshAll(new AbortController().signal);
  expect(remotes.status(release.releaseId)).toBeUndefined();
});

function grpc(): AgentCard["supportedInterfaces"][number] {
  return { url: "w.example:443", protocolBinding: "GRPC", protocolVersion: "1.0" };
}

/** Nested deeper than JSON can be written. */
function bottomless(): string {
  const card = JSON.stringify(cardAt("https://w.example/a2a", { capabilities: { extensions: [{ uri: "u:x" }] } }));
  return card.replace('"uri":"u:x"', `"uri":"u:x","params":{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
}
