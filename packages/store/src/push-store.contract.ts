import { TaskState } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, ORG, append, atMs, moveTo, newTask } from "./contract-samples.ts";
import type { PushConfigRecord, PushLease } from "./push-store.ts";
import type { Store } from "./store.ts";

/** Webhooks and their outbox. Tests share one store, and a claim takes from all: each ends with nothing to do. */
export function pushStoreContract(store: () => Store): void {
  const configOf = (taskId: string, configId: string, changes: Partial<PushConfigRecord> = {}): PushConfigRecord => ({
    orgId: ORG,
    taskId,
    configId,
    protocolVersion: "1.0",
    url: "https://hook.example/",
    createdAt: AT,
    cursor: 1,
    ...changes,
  });
  const claim = async (leaseId: string, nowMs = 0, limit = 10): Promise<readonly PushLease[]> =>
    await store().push.claim({ leaseId, now: atMs(nowMs), leaseUntil: atMs(nowMs + 1_000), limit, perHost: 8 });
  const claimOne = async (leaseId: string, nowMs = 0): Promise<PushLease> => {
    const [lease, ...others] = await claim(leaseId, nowMs);
    expect(others).toEqual([]);
    if (lease === undefined) throw new Error("nothing was to be claimed");
    return lease;
  };
  const settled = { attempts: 1, at: AT, leaseUntil: atMs(1_000) };
  /** A task with these events after its first, and one configuration. */
  const begin = async (taskId: string, events: number): Promise<void> => {
    await store().tasks.create(newTask(taskId));
    for (let seq = 1; seq <= events; seq++) await store().tasks.append(append(taskId, seq, "n"));
    await store().push.save(configOf(taskId, "c"));
  };

  it("keeps a configuration as it was saved, and finds it for its task alone", async () => {
    const config = configOf("push-keep", "c1", {
      protocolVersion: "0.3",
      token: "nul \u0000 ü",
      authentication: { scheme: "Bearer", credentials: "secret" },
    });
    await store().push.save(config);
    expect(await store().push.find(ORG, "push-keep", "c1")).toEqual(config);
    expect(await store().push.find(ORG, "push-other", "c1")).toBeUndefined();
    expect(await store().push.find("org_2", "push-keep", "c1")).toBeUndefined();
    expect(await store().push.find(ORG, "push-keep", "nul \u0000")).toBeUndefined();
    await expect(store().push.save(configOf("push-keep", "nul \u0000"))).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });

  it("replaces a configuration in its place", async () => {
    await store().push.save(configOf("push-replace", "c1", { token: "old", cursor: 3 }));
    const newer = configOf("push-replace", "c1", { url: "https://new.example/", createdAt: atMs(9), cursor: 7 });
    await store().push.save(newer);
    expect(await store().push.find(ORG, "push-replace", "c1")).toEqual({ ...newer, createdAt: AT, cursor: 3 });
  });

  it("lists configurations by id, page by page", async () => {
    for (const id of ["b", "a", "c"]) await store().push.save(configOf("push-list", id));
    const first = await store().push.list(ORG, "push-list", { size: 2 });
    expect(first.configs.map(({ configId }) => configId)).toEqual(["a", "b"]);
    const token = first.nextPageToken ?? "";
    const second = await store().push.list(ORG, "push-list", { size: 2, token });
    expect(second.configs.map(({ configId }) => configId)).toEqual(["c"]);
    expect(second.nextPageToken).toBeUndefined();
    await expect(store().push.list(ORG, "push-list", { size: 2, token: "x" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
    expect(await store().push.list(ORG, "push-none", { size: 2 })).toEqual({ configs: [] });
  });

  it("claims a configuration when its task has moved past the cursor, for one sender at a time", async () => {
    await begin("push-claim", 1);
    const lease = await claimOne("one");
    expect(lease.config).toEqual(configOf("push-claim", "c"));
    expect(await claim("two", 999)).toEqual([]);
    const later = await claimOne("two", 1_000);
    expect(await store().push.plan(lease, { cursor: 2, deliveries: [], ended: false, at: AT })).toBe(false);
    await store().push.release(lease);
    expect(await claim("three", 1_001)).toEqual([]);
    expect(await store().push.plan(later, { cursor: 2, deliveries: [], ended: false, at: AT })).toBe(true);
    await store().push.release(later);
    expect(await claim("three", 1_001)).toEqual([]);
    await store().tasks.append(append("push-claim", 2, "n"));
    const again = await claimOne("three", 1_001);
    expect(again.config.cursor).toBe(2);
    await store().push.plan(again, { cursor: 3, deliveries: [], ended: true, at: AT });
    await store().push.release(again);
    await store().tasks.append(moveTo("push-claim", 3, TaskState.Working));
    expect(await claim("four", 9_000)).toEqual([]);
  });

  it("gives out planned deliveries in order, each until it is settled", async () => {
    await begin("push-order", 2);
    const lease = await claimOne("order");
    const deliveries = [
      { deliveryId: "dlv_b", seq: 3 },
      { deliveryId: "dlv_a", seq: 2 },
    ];
    await store().push.plan(lease, { cursor: 3, deliveries, ended: true, at: AT });
    const first = { orgId: ORG, taskId: "push-order", configId: "c", deliveryId: "dlv_a", seq: 2 } as const;
    const pending = { state: "pending", attempts: 0, createdAt: AT, updatedAt: AT, nextAttemptAt: AT } as const;
    expect(await store().push.next(lease.config)).toEqual({ ...first, ...pending });
    const failed = { deliveryId: "dlv_a", state: "pending", lastError: "HTTP 503", nextAttemptAt: atMs(5) } as const;
    expect(await store().push.settle(lease, { ...settled, ...failed })).toBe(true);
    expect(await store().push.next(lease.config)).toEqual({
      ...first,
      ...pending,
      attempts: 1,
      lastError: "HTTP 503",
      nextAttemptAt: atMs(5),
    });
    await store().push.release(lease);
    expect(await claim("early", 4)).toEqual([]);
    const later = await claimOne("later", 5);
    await store().push.settle(later, { ...settled, deliveryId: "dlv_a", state: "delivered", attempts: 2 });
    expect(await store().push.next(later.config)).toMatchObject({ deliveryId: "dlv_b", attempts: 0 });
    await store().push.settle(later, { ...settled, deliveryId: "dlv_b", state: "dead", lastError: "HTTP 404" });
    expect(await store().push.next(later.config)).toBeUndefined();
    await store().push.release(later);
    expect((await store().push.deliveries(ORG, "push-order", 10)).map(({ state }) => state)).toEqual([
      "delivered",
      "dead",
    ]);
    expect(await store().push.findDelivery(ORG, "dlv_a")).toEqual({
      ...first,
      state: "delivered",
      attempts: 2,
      createdAt: AT,
      updatedAt: AT,
    });
    expect(await store().push.findDelivery("org_2", "dlv_a")).toBeUndefined();
  });

  it("claims no more for one host at a time than it may have, and leaves the rest for others", async () => {
    const finish = async (leases: readonly PushLease[]): Promise<void> => {
      for (const lease of leases) {
        await store().push.plan(lease, { cursor: 2, deliveries: [], ended: true, at: AT });
        await store().push.release(lease);
      }
    };
    await store().tasks.create(newTask("push-hosts"));
    await store().tasks.append(append("push-hosts", 1, "n"));
    for (const id of ["a1", "a2", "a3", "b1"]) {
      await store().push.save(configOf("push-hosts", id, { url: `https://${id.slice(0, 1)}.example:8443/${id}` }));
    }
    const share = { now: AT, leaseUntil: atMs(1_000), limit: 10, perHost: 2 };
    const first = await store().push.claim({ ...share, leaseId: "first" });
    const hostsOf = (leases: readonly PushLease[]): string[] =>
      leases.map(({ config }) => new URL(config.url).hostname).toSorted();
    expect(hostsOf(first)).toEqual(["a.example", "a.example", "b.example"]);
    expect(await store().push.claim({ ...share, leaseId: "second" })).toEqual([]);
    await finish(first);
    const rest = await store().push.claim({ ...share, leaseId: "third" });
    expect(hostsOf(rest)).toEqual(["a.example"]);
    await finish(rest);
  });

  it("prunes what is settled and too old or too many, the oldest first, and never what is pending", async () => {
    // Long before what the other tests of this store leave.
    const year = (n: number): string => `19${80 + n}-01-01T00:00:00.000Z`;
    await begin("push-prune", 4);
    const lease = await claimOne("prune");
    const ids = ["dlv_p0", "dlv_p1", "dlv_p2", "dlv_p3"];
    const deliveries = ids.map((deliveryId, index) => ({ deliveryId, seq: index + 2 }));
    await store().push.plan(lease, { cursor: 5, deliveries, ended: true, at: AT });
    for (const [index, deliveryId] of ids.slice(0, 3).entries()) {
      const state = index === 1 ? "dead" : "delivered";
      await store().push.settle(lease, { ...settled, deliveryId, state, at: year(index) });
    }
    const left = async (): Promise<string[]> =>
      (await store().push.deliveries(ORG, "push-prune", 10)).map(({ deliveryId }) => deliveryId);
    expect(await store().push.prune({ before: year(2), keep: 1_000, limit: 1 })).toBe(1);
    expect(await left()).toEqual(ids.slice(1));
    expect(await store().push.prune({ before: year(2), keep: 1_000, limit: 10 })).toBe(1);
    expect(await store().push.prune({ before: year(2), keep: 1_000, limit: 10 })).toBe(0);
    expect(await left()).toEqual(ids.slice(2));
    await store().push.prune({ before: year(2), keep: 0, limit: 1_000 });
    expect(await left()).toEqual(["dlv_p3"]);
    await store().push.settle(lease, { ...settled, deliveryId: "dlv_p3", state: "delivered" });
    await store().push.release(lease);
  });

  it("settles nothing for a sender that has lost its lease", async () => {
    await begin("push-lost", 1);
    const lease = await claimOne("slow");
    await store().push.plan(lease, {
      cursor: 2,
      deliveries: [{ deliveryId: "dlv_lost", seq: 2 }],
      ended: true,
      at: AT,
    });
    const fast = await claimOne("fast", 1_000);
    expect(await store().push.settle(lease, { ...settled, deliveryId: "dlv_lost", state: "dead" })).toBe(false);
    expect(await store().push.settle(fast, { ...settled, deliveryId: "dlv_lost", state: "delivered" })).toBe(true);
    await store().push.release(fast);
  });

  it("never claims what was saved for a task that is over", async () => {
    await store().tasks.create(newTask("push-over"));
    await store().push.save(configOf("push-over", "c"), { ended: true });
    await store().tasks.append(append("push-over", 1, "n"));
    expect(await claim("over")).toEqual([]);
  });

  it("makes a dead delivery pending again, and no other", async () => {
    await begin("push-revive", 1);
    const lease = await claimOne("revive");
    await store().push.plan(lease, { cursor: 2, deliveries: [{ deliveryId: "dlv_rev", seq: 2 }], ended: true, at: AT });
    expect(await store().push.revive(ORG, "dlv_rev", AT)).toBe(false);
    const dead = { deliveryId: "dlv_rev", state: "dead", attempts: 10, lastError: "HTTP 500" } as const;
    await store().push.settle(lease, { ...settled, ...dead });
    await store().push.release(lease);
    expect(await store().push.revive("org_2", "dlv_rev", AT)).toBe(false);
    expect(await store().push.revive(ORG, "dlv_rev", atMs(7))).toBe(true);
    expect(await claim("early", 6)).toEqual([]);
    const again = await claimOne("again", 7);
    expect(await store().push.next(again.config)).toMatchObject({ deliveryId: "dlv_rev", attempts: 0 });
    await store().push.settle(again, { ...settled, ...dead });
    await store().push.release(again);
    await store().push.delete(ORG, "push-revive", "c", AT);
    expect(await store().push.revive(ORG, "dlv_rev", atMs(8))).toBe(false);
  });

  it("deletes a configuration with what is pending for it, twice without complaint", async () => {
    await begin("push-delete", 1);
    const lease = await claimOne("delete");
    await store().push.plan(lease, {
      cursor: 2,
      deliveries: [{ deliveryId: "dlv_del", seq: 2 }],
      ended: false,
      at: AT,
    });
    for (const ms of [1, 2]) await store().push.delete(ORG, "push-delete", "c", atMs(ms));
    expect(await store().push.find(ORG, "push-delete", "c")).toBeUndefined();
    expect(await store().push.settle(lease, { ...settled, deliveryId: "dlv_del", state: "delivered" })).toBe(false);
    const [dead] = await store().push.deliveries(ORG, "push-delete", 10);
    expect(dead).toMatchObject({ state: "dead", lastError: "the configuration was deleted", updatedAt: atMs(1) });
    expect(dead?.nextAttemptAt).toBeUndefined();
  });
}
