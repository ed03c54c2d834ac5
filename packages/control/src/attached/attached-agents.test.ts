import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import type { AttachedHub, AttachedLink, AttachedView } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard } from "@berth/testing";
import { expect, it } from "vitest";
import type { AttachRequest, AttachedAgents } from "./attached-agents.ts";
import { createAttachedAgents } from "./create-attached-agents.ts";

interface Opened {
  readonly attached: AttachedAgents;
  readonly store: ReturnType<typeof createInMemoryStore>;
  /** What was printed. */
  readonly lines: { readonly at: string; readonly text: string }[];
  readonly released: string[];
  readonly ends: string[];
  /** As the runtime sees the agent. */
  setView(view: Partial<AttachedView>): void;
}

const NOW = "2026-11-29T12:00:00.000Z";

function open(): Opened {
  const store = createInMemoryStore();
  const lines: Opened["lines"] = [];
  const released: string[] = [];
  const ends: string[] = [];
  let view: AttachedView | undefined;
  const hub: AttachedHub = {
    view: () => view,
    assertReachable: () => undefined,
    connect({ session, machine, instanceId }) {
      view = { state: "attached", session, machine, linkId: instanceId, since: NOW };
      return {
        services: async () => await new Promise(() => {}),
        print: (line) => void lines.push(line),
        released: (releaseId) => void released.push(releaseId),
        end: (how) => void ends.push(how),
      };
    },
  };
  const attached = createAttachedAgents({
    store,
    registry: { forget: () => undefined },
    hub,
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now: () => new Date(NOW),
  });
  const setView = (change: Partial<AttachedView>): void => {
    if (view !== undefined) view = { ...view, ...change };
  };
  return { attached, store, lines, released, ends, setView };
}

function developer(scopes: readonly Scope[] = ["deploy"], agents?: readonly string[]): Principal {
  const principal = { kind: "api_key", id: "key_1", orgId: DEFAULT_ORG_ID, scopes } as const;
  return agents === undefined ? principal : { ...principal, agents };
}

function link(): AttachedLink & { drop(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { request: async () => await new Promise(() => {}), closed: promise, close: () => {}, drop: resolve };
}

function request(change: Partial<AttachRequest> = {}): AttachRequest {
  return { name: "laptop", card: scriptedCard(), machine: "laptop-1", session: "s1", takeOver: false, ...change };
}

it("makes an agent of kind attached, with a release and an audit entry that names the machine", async () => {
  const { attached, store } = open();
  const attachment = await attached.attach(developer(), request({ config: { visibility: "public" } }), link());
  const found = await store.agents.find(DEFAULT_ORG_ID, "laptop");
  expect(found?.agent).toMatchObject({ kind: "attached", activeReleaseId: attachment.release });
  expect(found?.release).toMatchObject({ config: { visibility: "public" }, trusted: true });
  const [entry] = await store.audit.list(DEFAULT_ORG_ID, 1);
  expect(entry).toMatchObject({ action: "agent.attach", resource: "laptop", detail: { machine: "laptop-1" } });
  expect(attached.status(found?.agent.agentId ?? "")).toEqual({ state: "attached", machine: "laptop-1", since: NOW });
});

it("asks for the right to attach, and for the right to this name", async () => {
  const { attached } = open();
  await expect(attached.attach(developer(["invoke"]), request(), link())).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
  await expect(attached.attach(developer(["deploy"], ["other"]), request(), link())).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
});

it.each([
  ["a card that is none", { card: { name: "x" } }, "CARD_INVALID"],
  ["a card that nobody can speak to", { card: { ...scriptedCard(), supportedInterfaces: [] } }, "CARD_INVALID"],
  ["a config with an unknown key", { config: { visibilty: "public" } }, "CONFIG_INVALID"],
  ["a name that cannot be one", { name: "No Name" }, "CONFIG_INVALID"],
])("refuses %s", async (_what, change, reason) => {
  const { attached, store } = open();
  await expect(attached.attach(developer(), request(change), link())).rejects.toMatchObject({ reason });
  expect((await store.agents.list({ orgId: DEFAULT_ORG_ID }, { size: 10 })).agents).toEqual([]);
});

it("leaves the name of another kind of agent alone", async () => {
  const { attached, store } = open();
  await attached.attach(developer(), request({ name: "mine" }), link());
  const found = await store.agents.find(DEFAULT_ORG_ID, "mine");
  if (found === undefined) throw new Error("nothing was published");
  const ids = { agentId: "agt_deployed", releaseId: "rel_deployed" };
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: ids.agentId, name: "ours", kind: "deployed", activeReleaseId: ids.releaseId },
    { ...found.release, ...ids },
  );
  const taken = attached.attach(developer(), request({ name: "ours", takeOver: true }), link());
  await expect(taken).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
});

it("refuses a second machine and says who is there, unless it takes over", async () => {
  const { attached } = open();
  const first = await attached.attach(developer(), request(), link());
  const second = request({ session: "s2", machine: "laptop-2" });
  const refused = attached.attach(developer(), second, link());
  await expect(refused).rejects.toMatchObject({
    reason: "STORE_CONFLICT",
    message: expect.stringContaining("laptop-1"),
  });
  const taken = await attached.attach(developer(), { ...second, takeOver: true }, link());
  expect(taken.release).not.toBe(first.release);
});

it("goes on with the release of the session that comes back, and makes one for any other", async () => {
  const { attached, setView } = open();
  const first = await attached.attach(developer(), request(), link());
  setView({ state: "lost" });
  expect((await attached.attach(developer(), request(), link())).release).toBe(first.release);
  setView({ state: "lost" });
  expect((await attached.attach(developer(), request({ session: "s2" }), link())).release).not.toBe(first.release);
  setView({ state: "detached" });
  const later = await attached.attach(developer(), request({ session: "s2" }), link());
  expect(later.release).not.toBe(first.release);
});

it("makes a release of another card, none of the same, and keeps the one before when it cannot be used", async () => {
  const { attached, released } = open();
  const attachment = await attached.attach(developer(), request(), link());
  const { release } = attachment;
  await attachment.update({ card: scriptedCard() });
  expect(attachment.release).toBe(release);
  await expect(attachment.update({ card: {} })).rejects.toMatchObject({ reason: "CARD_INVALID" });
  expect(attachment.release).toBe(release);
  await attachment.update({ card: { ...scriptedCard(), version: "2.0.0" } });
  expect(attachment.release).not.toBe(release);
  expect(released).toEqual([attachment.release]);
});

it("has no update for an agent that was removed", async () => {
  const { attached, store } = open();
  const attachment = await attached.attach(developer(), request(), link());
  await store.agents.remove(DEFAULT_ORG_ID, "laptop");
  const update = attachment.update({ card: { ...scriptedCard(), version: "2.0.0" } });
  await expect(update).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
});

it("tells lines by our clock, and how many are missing", async () => {
  const { attached, lines, store } = open();
  const attachment = await attached.attach(developer(), request(), link());
  attachment.setClock(5_000);
  const now = Date.parse(NOW);
  attachment.log([{ at: now + 5_000, stream: "stdout", text: "now" }], 0);
  attachment.log([{ at: 0, stream: "stdout", text: "a clock that was never set" }], 3);
  expect(lines).toMatchObject([
    { at: NOW, text: "now" },
    { at: NOW, text: "a clock that was never set" },
    { at: NOW, text: expect.stringContaining("3 lines"), byPlatform: true },
  ]);
  const agentId = (await store.agents.find(DEFAULT_ORG_ID, "laptop"))?.agent.agentId ?? "";
  expect(attached.status(agentId)?.clockSkewMs).toBe(5_000);
});

it("tells a link that broke from one that was ended", async () => {
  const { attached, ends } = open();
  const broken = link();
  await attached.attach(developer(), request(), broken);
  broken.drop();
  await broken.closed;
  await Promise.resolve();
  expect(ends).toEqual(["lost"]);
  const ended = await attached.attach(developer(), request(), link());
  ended.detach();
  expect(ends).toEqual(["lost", "detached"]);
});
