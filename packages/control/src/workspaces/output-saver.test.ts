import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_ORG_ID, PlatformError, createIdGenerator } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { createReceipts } from "../receipts/index.ts";
import { ORIGIN, endRun, memoryKeys } from "../receipts/test/receipts-fixture.ts";
import { openWorkspaces } from "./open-workspaces.ts";
import type { RunningWorkspaces } from "./open-workspaces.ts";

const artifactEvent = (name: string, text: string): TaskEventBody => ({
  kind: "artifact",
  artifact: { artifactId: `art_${name}`, name, parts: [{ text }] },
});

describe("artifacts of ended tasks", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  const store = (): ReturnType<typeof createInMemoryStore> => {
    const opened = createInMemoryStore();
    closing.push(async () => await opened.close());
    return opened;
  };

  function open(
    of: ReturnType<typeof createInMemoryStore>,
    options: { quota?: { files: number; bytes: number }; log?: (line: string) => void } = {},
  ): RunningWorkspaces {
    const { quota, log } = options;
    const workspaces = openWorkspaces({
      store: of,
      blobs: new InMemoryBlobStore(),
      limits: quota === undefined ? {} : { quota },
      folder: undefined,
      writerId: ({ agentName }) => `spiffe://test/agent/${agentName}`,
      now: () => new Date(),
      ...(log === undefined ? {} : { log }),
    });
    closing.push(async () => await workspaces.close());
    return workspaces;
  }

  async function seal(of: ReturnType<typeof createInMemoryStore>, onSealed: () => void): Promise<void> {
    const receipts = await createReceipts({
      store: of,
      keys: memoryKeys(),
      origin: ORIGIN,
      now: () => new Date(),
      randomBytes,
      ids: createIdGenerator({ now: Date.now, randomBytes }),
      onSealed,
    });
    await receipts.flush();
    await receipts.close();
  }

  const textOf = async (workspaces: RunningWorkspaces, path: string): Promise<string> =>
    Buffer.from((await workspaces.raw.read(DEFAULT_ORG_ID, path)).content).toString();

  it("become files once the task is sealed, written by the agent in its run", async () => {
    const kept = store();
    const workspaces = open(kept);
    const taskId = await endRun(kept, { events: [artifactEvent("a.md", "# A"), artifactEvent("b.md", "# B")] });
    const without = await endRun(kept);
    await seal(kept, () => workspaces.saveOutputs());
    await vi.waitFor(async () => expect(await kept.workspaces.pendingOutputs(10)).toEqual([]));
    expect(await textOf(workspaces, `outputs/${taskId}/a.md`)).toBe("# A");
    expect(await workspaces.raw.find(DEFAULT_ORG_ID, `outputs/${taskId}/b.md`)).toMatchObject({
      by: "spiffe://test/agent/echo",
      runId: taskId,
    });
    expect(await workspaces.raw.list(DEFAULT_ORG_ID, `outputs/${without}/`, { limit: 10 })).toEqual([]);
  });

  it("are whole when the log is longer than one read", async () => {
    const kept = store();
    const workspaces = open(kept);
    const pieces = Array.from({ length: 2_500 }, (_, index): TaskEventBody => {
      const artifact = { artifactId: "art_long", name: "long.md", parts: [{ text: `${index}\n` }] };
      return { kind: "artifact", artifact, append: true };
    });
    const taskId = await endRun(kept, { events: pieces });
    await seal(kept, () => workspaces.saveOutputs());
    await vi.waitFor(async () => expect(await kept.workspaces.pendingOutputs(10)).toEqual([]));
    const lines = (await textOf(workspaces, `outputs/${taskId}/long.md`)).trimEnd().split("\n");
    expect(lines).toEqual(pieces.map((_, index) => String(index)));
  });

  it("are saved after a crash by the next process, and written once only", async () => {
    const kept = store();
    const taskId = await endRun(kept, { events: [artifactEvent("a.md", "# A")] });
    await seal(kept, () => undefined);
    expect(await kept.workspaces.pendingOutputs(10)).toEqual([{ orgId: DEFAULT_ORG_ID, taskId }]);
    // The process died before it had said that it was done: the second one does it all again.
    vi.spyOn(kept.workspaces, "outputsSettled").mockRejectedValueOnce(new PlatformError("STORE_UNAVAILABLE", "gone"));
    const first = open(kept);
    await vi.waitFor(async () => expect(await textOf(first, `outputs/${taskId}/a.md`)).toBe("# A"));
    await first.close();
    expect(await kept.workspaces.pendingOutputs(10)).toHaveLength(1);
    const second = open(kept);
    await vi.waitFor(async () => expect(await kept.workspaces.pendingOutputs(10)).toEqual([]));
    expect(await second.raw.history(DEFAULT_ORG_ID, `outputs/${taskId}/a.md`, 10)).toHaveLength(1);
  });

  it("stop at half of the quota, which is people's to fill", async () => {
    const kept = store();
    const log: string[] = [];
    const workspaces = open(kept, { quota: { files: 4, bytes: 100 }, log: (line) => log.push(line) });
    const events = ["a", "b", "c"].map((name) => artifactEvent(`${name}.md`, name));
    const taskId = await endRun(kept, { events });
    await seal(kept, () => workspaces.saveOutputs());
    await vi.waitFor(async () => expect(await kept.workspaces.pendingOutputs(10)).toEqual([]));
    expect(await workspaces.raw.usage(DEFAULT_ORG_ID)).toEqual({ files: 2, bytes: 2, released: 0 });
    expect(log).toEqual([`outputs/${taskId}/c.md is not in the workspace: artifacts have filled their half of it`]);
  });
});
