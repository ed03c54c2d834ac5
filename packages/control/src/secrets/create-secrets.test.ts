import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { AgentConfig, Principal, Scope } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { createSecrets } from "./create-secrets.ts";
import { LocalKeyEncryption } from "./local-key-encryption.ts";
import type { Secrets } from "./secrets.ts";

const NOW = new Date("2026-11-29T12:00:00.000Z");
const VALUE = "sk-0123456789";

function person(scopes: readonly Scope[] = ["deploy"], changes: Partial<Principal> = {}): Principal {
  return { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes, ...changes };
}

interface Bench {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly log: string[];
  readonly key: Uint8Array;
  under(...keys: readonly [Uint8Array, ...Uint8Array[]]): Secrets;
  publish(name: string, secret: string): Promise<void>;
}

function bench(): Bench {
  const store = createInMemoryStore();
  const log: string[] = [];
  const key = randomBytes(32);
  const under = (...keys: readonly [Uint8Array, ...Uint8Array[]]): Secrets =>
    createSecrets({
      store,
      keys: new LocalKeyEncryption(keys, randomBytes),
      now: () => NOW,
      randomBytes,
      log: (line) => log.push(line),
    });
  return {
    store,
    log,
    key,
    secrets: under(key),
    under,
    async publish(name, secret) {
      const ids = { orgId: DEFAULT_ORG_ID, agentId: `agt_${name}` };
      const upstreams: AgentConfig["upstreams"] = {
        model: { url: "https://api.test", headers: { authorization: `Bearer {secret:${secret}}` } },
      };
      await store.agents.publish(
        { ...ids, name, kind: "deployed", activeReleaseId: `rel_${name}` },
        {
          ...ids,
          releaseId: `rel_${name}`,
          digest: `sha256:${"0".repeat(64)}`,
          config: { ...scriptedConfig(), upstreams },
          card: scriptedCard(),
          skillSchemas: [],
          entry: "agent.mjs",
          trusted: false,
          createdAt: NOW.toISOString(),
        },
      );
    },
  };
}

describe("secrets", () => {
  it("are told by name, agent, version, time and user, never by value", async () => {
    const { secrets, store } = bench();
    const put = await secrets.put(person(), { name: "API_KEY" }, { value: VALUE, hosts: ["API.test"] });
    const info = { name: "API_KEY", hosts: ["api.test"], version: 1, updatedAt: NOW.toISOString(), updatedBy: "usr_1" };
    expect(put).toEqual(info);
    await secrets.put(person(), { name: "API_KEY", agentName: "coder" }, { value: VALUE });
    const listed = await secrets.list(person(["operate"]));
    expect(listed[0]).toEqual({ ...info, usedBy: [] });
    expect(JSON.stringify([listed, await store.audit.list(DEFAULT_ORG_ID, 10)])).not.toContain(VALUE);
    expect(JSON.stringify(await store.secrets.list(DEFAULT_ORG_ID))).not.toContain(VALUE);
    expect((await store.audit.list(DEFAULT_ORG_ID, 10)).map(({ action, resource }) => `${action} ${resource}`)).toEqual(
      ["secret.put coder/API_KEY", "secret.put API_KEY"],
    );
  });

  it("are given to an agent: its own before its organization's, with the hosts they are for", async () => {
    const { secrets } = bench();
    await secrets.put(person(), { name: "API_KEY" }, { value: VALUE, hosts: ["api.test"] });
    await secrets.put(person(), { name: "API_KEY", agentName: "coder" }, { value: "of-the-coder" });
    const of = async (agentName: string, orgId = DEFAULT_ORG_ID): Promise<unknown> =>
      await secrets.value({ orgId, agentName }, "API_KEY");
    expect(await of("coder")).toEqual({ value: "of-the-coder" });
    expect(await of("writer")).toEqual({ value: VALUE, hosts: ["api.test"] });
    expect(await of("coder", "org_other")).toBeUndefined();
    await secrets.remove(person(), { name: "API_KEY", agentName: "coder" });
    expect(await of("coder")).toMatchObject({ value: VALUE });
    await expect(secrets.remove(person(), { name: "API_KEY", agentName: "coder" })).rejects.toMatchObject({
      reason: "SECRET_NOT_FOUND",
    });
  });

  it.each([
    ["a name in small letters", { name: "api_key" }, { value: VALUE }, "name"],
    ["a name that is too long", { name: `A${"B".repeat(64)}` }, { value: VALUE }, "name"],
    ["an agent that can have no such name", { name: "A", agentName: "No Name" }, { value: VALUE }, "agent"],
    ["a value of 7 characters", { name: "A" }, { value: "1234567" }, "value"],
    ["a value of more than 64 KiB", { name: "A" }, { value: "x".repeat(65_537) }, "value"],
    ["a value of two lines", { name: "A" }, { value: "line one\r\nX-Injected: 1" }, "value"],
    ["a value with a space at its end", { name: "A" }, { value: "12345678 " }, "value"],
    ["a value that no header holds", { name: "A" }, { value: "schlüssel-wort" }, "value"],
    ["a host with a scheme", { name: "A" }, { value: VALUE, hosts: ["https://api.test"] }, "hosts[0]"],
  ])("refuse %s, without saying the value", async (_what, address, content, field) => {
    const { secrets } = bench();
    const refused: unknown = await secrets.put(person(), address, content).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: "INVALID_PARAMS", violations: [expect.objectContaining({ field })] });
    expect(String(refused)).not.toContain(content.value);
  });

  it("know which agents use them", async () => {
    const { secrets, publish } = bench();
    await publish("coder", "API_KEY");
    await publish("writer", "API_KEY");
    await publish("other", "OTHER_KEY");
    await secrets.put(person(), { name: "API_KEY" }, { value: VALUE });
    await secrets.put(person(), { name: "API_KEY", agentName: "coder" }, { value: VALUE });
    await secrets.put(person(), { name: "UNUSED" }, { value: VALUE });
    expect((await secrets.list(person())).map(({ name, agentName, usedBy }) => [name, agentName, usedBy])).toEqual([
      ["API_KEY", undefined, ["writer"]],
      ["API_KEY", "coder", ["coder"]],
      ["UNUSED", undefined, []],
    ]);
  });

  it("are for those with the right to them, and a key of one agent sets that agent's only", async () => {
    const { secrets } = bench();
    const denied = { reason: "PERMISSION_DENIED" };
    for (const scope of ["invoke", "read", "audit", "approve"] as const) {
      await expect(secrets.list(person([scope]))).rejects.toMatchObject(denied);
    }
    await expect(secrets.put(person(["operate"]), { name: "A" }, { value: VALUE })).rejects.toMatchObject(denied);
    const ofCoder = person(["deploy"], { agents: ["coder"] });
    await expect(secrets.put(ofCoder, { name: "A" }, { value: VALUE })).rejects.toMatchObject(denied);
    await expect(secrets.remove(ofCoder, { name: "A", agentName: "writer" })).rejects.toMatchObject(denied);
    await secrets.put(person(), { name: "A" }, { value: VALUE });
    await secrets.put(ofCoder, { name: "B", agentName: "coder" }, { value: VALUE });
    expect((await secrets.list(ofCoder)).map(({ name }) => name)).toEqual(["B"]);
    expect(await secrets.list(person(["deploy"], { orgId: "org_other" }))).toEqual([]);
  });

  it("are wrapped anew when the master key is rotated, and open under the new one alone", async () => {
    const { secrets, store, key, under, log } = bench();
    for (let i = 0; i < 150; i++) await secrets.put(person(), { name: `S${i}` }, { value: `${VALUE}-${i}` });
    const before = await store.secrets.find(DEFAULT_ORG_ID, "S7");
    const fresh = randomBytes(32);
    expect(await under(fresh, key).rewrap()).toBe(150);
    expect(await under(fresh).rewrap()).toBe(0);
    const owner = { orgId: DEFAULT_ORG_ID, agentName: "coder" };
    expect(await under(fresh).value(owner, "S7")).toEqual({ value: `${VALUE}-7` });
    const after = await store.secrets.find(DEFAULT_ORG_ID, "S7");
    // The value is not touched: the same bytes under the same data key.
    expect(after?.sealed.split(".")[2]).toBe(before?.sealed.split(".")[2]);
    expect(after).toMatchObject({ version: 1, updatedAt: NOW.toISOString() });
    await expect(secrets.value(owner, "S7")).rejects.toMatchObject({ reason: "INTERNAL" });
    expect(log.join("\n")).not.toContain(VALUE);
  });

  it("stay where they are when their master key is gone, and say so", async () => {
    const { secrets, under, log } = bench();
    await secrets.put(person(), { name: "LOST" }, { value: VALUE });
    expect(await under(randomBytes(32)).rewrap()).toBe(0);
    expect(log).toEqual([expect.stringContaining("LOST of org_default stays under its master key")]);
  });

  it("do not open in another row than their own", async () => {
    const { secrets, store } = bench();
    await secrets.put(person(), { name: "MINE" }, { value: VALUE, hosts: ["api.test"] });
    const mine = await store.secrets.find(DEFAULT_ORG_ID, "MINE");
    if (mine === undefined) throw new Error("it was put");
    const { hosts: _hosts, ...free } = mine;
    const moves = [
      { ...mine, name: "OTHER" },
      { ...mine, orgId: "org_other" },
      { ...mine, agentName: "coder" },
      { ...mine, hosts: ["evil.test"] },
      free,
    ];
    for (const moved of moves) {
      await store.secrets.put(moved);
      const owner = { orgId: moved.orgId, agentName: "coder" };
      await expect(secrets.value(owner, moved.name)).rejects.toMatchObject({ reason: "INTERNAL" });
    }
  });
});
