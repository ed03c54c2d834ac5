import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { expect, test } from "vitest";
import { createRegistry } from "./create-registry.ts";

const nobody: Principal = { kind: "anonymous", id: "anonymous", orgId: DEFAULT_ORG_ID, scopes: [] };
const caller: Principal = { kind: "api_key", id: "key_c", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const deployer: Principal = { kind: "api_key", id: "key_d", orgId: DEFAULT_ORG_ID, scopes: ["deploy"] };
const stranger: Principal = { ...caller, orgId: "org_other" };

async function house() {
  const store = createInMemoryStore();
  const drained: string[] = [];
  const registry = createRegistry({
    store,
    runtime: { drain: async (agentId) => void drained.push(agentId) },
    now: () => new Date("2026-11-29T12:00:00.000Z"),
  });
  for (const [name, visibility] of [
    ["open", "public"],
    ["closed", "private"],
  ] as const) {
    await store.agents.publish(
      { orgId: DEFAULT_ORG_ID, agentId: `agt_${name}`, name, kind: "deployed", activeReleaseId: `rel_${name}` },
      {
        orgId: DEFAULT_ORG_ID,
        releaseId: `rel_${name}`,
        agentId: `agt_${name}`,
        digest: `sha256:${"0".repeat(64)}`,
        config: scriptedConfig({ visibility }),
        card: scriptedCard(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: "2026-11-29T12:00:00.000Z",
      },
    );
  }
  return { registry, drained, store };
}

test("nobody sees public agents; a private and a missing one look the same to them", async () => {
  const { registry } = await house();
  expect((await registry.find(nobody, "open")).agent.name).toBe("open");
  const hidden = await registry.find(nobody, "closed").catch((error: unknown) => error);
  const missing = await registry.find(nobody, "closer").catch((error: unknown) => error);
  expect(hidden).toMatchObject({ reason: "UNAUTHENTICATED" });
  expect(String(hidden).replace("closed", "closer")).toBe(String(missing));
  expect((await registry.list(nobody, {}, { size: 10 })).agents.map(({ agent }) => agent.name)).toEqual(["open"]);
});

test("a caller of the organization sees all of its agents, one of another organization none", async () => {
  const { registry } = await house();
  expect((await registry.list(caller, {}, { size: 10 })).agents.map(({ agent }) => agent.name)).toEqual([
    "closed",
    "open",
  ]);
  expect((await registry.list(stranger, {}, { size: 10 })).agents).toEqual([]);
  await expect(registry.find(stranger, "closed")).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
});

test("a card can be read whoever asks", async () => {
  const { registry } = await house();
  expect((await registry.findForCard("closed")).release.card.name).toBe("scripted");
});

test("removing needs the deploy scope, drains the agent, and frees its name", async () => {
  const { registry, drained, store } = await house();
  await expect(registry.remove(caller, "open")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  await registry.remove(deployer, "open");
  expect(drained).toEqual(["agt_open"]);
  await expect(registry.find(caller, "open")).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
  await expect(registry.remove(deployer, "open")).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
  expect((await store.audit.list(DEFAULT_ORG_ID, 5))[0]).toMatchObject({
    action: "agent.remove",
    resource: "open",
    actor: "key_d",
  });
});
