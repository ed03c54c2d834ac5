import type { PushLease } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { waitFor } from "@berth/testing";
import { describe, expect, test, vi } from "vitest";
import { PushSender } from "./push-sender.ts";
import type { PushSenderOptions } from "./push-sender.ts";

function leaseOf(configId: string): PushLease {
  const at = "2026-11-29T10:00:00.000Z";
  const config = {
    orgId: "o",
    taskId: "t",
    configId,
    protocolVersion: "1.0",
    url: "u",
    createdAt: at,
    cursor: 1,
  } as const;
  return { leaseId: "l", config };
}

/** A store that has `waiting` configurations to give out. */
function sending(
  round: PushSenderOptions["round"],
  waiting: number,
): { sender: PushSender; limits: number[]; log: string[] } {
  const limits: number[] = [];
  const log: string[] = [];
  let given = 0;
  const sender = new PushSender({
    store: {
      claim: async ({ limit }) => {
        limits.push(limit);
        const leases = Array.from({ length: Math.min(limit, waiting - given) }, (_, i) => leaseOf(`c${given + i}`));
        given += leases.length;
        return leases;
      },
    },
    round,
    leaseMs: 15_000,
    newLeaseId: () => "l",
    now: () => new Date(),
    log: (line) => log.push(line),
  });
  return { sender, limits, log };
}

describe("the sender", () => {
  test("runs at most 32 rounds side by side, and all of them in the end", async () => {
    let running = 0;
    let most = 0;
    const done: string[] = [];
    const { sender } = sending(async ({ config }) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done.push(config.configId);
    }, 100);
    sender.start();
    await waitFor("all rounds", () => done.length === 100);
    await sender.close(1_000);
    expect(most).toBe(32);
    expect(new Set(done).size).toBe(100);
  });

  test("reaches a host that answers while another lets many wait", async () => {
    const store = createInMemoryStore();
    const at = "2026-11-29T10:00:00.000Z";
    const create = async (taskId: string, url: string): Promise<void> => {
      const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "x" }] } as const;
      const ids = { orgId: "o", agentId: "a", agentName: "a", releaseId: "r", contextId: "c" };
      const principal = { kind: "user", id: "u" } as const;
      const accepted = { kind: "accepted", ...ids, protocol: "a2a", principal, message } as const;
      await store.tasks.create({ taskId, at, accepted, dedupe: { key: taskId, digest: "d" } });
      const config = {
        orgId: "o",
        taskId,
        configId: "c",
        protocolVersion: "1.0",
        url,
        createdAt: at,
        cursor: 0,
      } as const;
      await store.push.save(config);
    };
    for (let i = 0; i < 40; i++) await create(`slow-${i}`, `https://slow.example/${i}`);
    await create("swift", "https://swift.example/");
    const begun: string[] = [];
    const sender = new PushSender({
      store: store.push,
      round: async ({ config }, signal) => {
        begun.push(new URL(config.url).hostname);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      },
      leaseMs: 15_000,
      newLeaseId: () => "l",
      now: () => new Date(at),
      log: () => undefined,
    });
    sender.start();
    await waitFor("the other host", () => begun.includes("swift.example"));
    await sender.close(0);
    expect(begun.filter((host) => host === "slow.example")).toHaveLength(8);
  });

  test("looks when a watched task moves, not when another does", async () => {
    vi.useFakeTimers();
    try {
      const { sender, limits } = sending(async () => undefined, 0);
      sender.watch("t1");
      await vi.advanceTimersByTimeAsync(100);
      expect(limits).toHaveLength(1);
      for (let i = 0; i < 100; i++) sender.notify("t2");
      await vi.advanceTimersByTimeAsync(100);
      expect(limits).toHaveLength(1);
      for (let i = 0; i < 100; i++) sender.notify("t1");
      await vi.advanceTimersByTimeAsync(100);
      expect(limits).toHaveLength(2);
      await sender.close(1_000);
      sender.notify("t1");
      await vi.advanceTimersByTimeAsync(5_000);
      expect(limits).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("goes on after a round that broke, and says so", async () => {
    const done: string[] = [];
    const { sender, log } = sending(async ({ config }) => {
      if (config.configId === "c0") throw new Error("no store");
      done.push(config.configId);
    }, 3);
    sender.start();
    await waitFor("the others", () => done.length === 2);
    await sender.close(1_000);
    expect(log).toEqual(["push c0 of t: the round was broken off: Error: no store"]);
  });

  test("lets rounds finish when it closes, and breaks them off after the grace", async () => {
    const seen: string[] = [];
    const { sender } = sending(async (_lease, signal) => {
      seen.push("begun");
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      seen.push("broken off");
    }, 1);
    sender.start();
    await waitFor("the round", () => seen.length === 1);
    await sender.close(20);
    expect(seen).toEqual(["begun", "broken off"]);
  });
});
