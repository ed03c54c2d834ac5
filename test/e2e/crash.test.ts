import { fileURLToPath } from "node:url";
import { SKILL_CALL_METADATA, frameOf, isTerminal } from "@berth/protocol";
import type { StreamResponse, TaskEvent } from "@berth/protocol";
import { PlatformProcess, deployFolder, readFrames, temporaryFolder, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));
const STREAMS = 200;

interface Seen {
  taskId: string | undefined;
  readonly frames: { readonly seq: number; readonly frame: StreamResponse }[];
}

/** Reads a stream into `seen` until it ends or breaks. */
async function read(response: Response, seen: Seen): Promise<void> {
  try {
    for await (const { id, data } of readFrames(response)) {
      const frame = data as StreamResponse; // our own server's frame, checked below against the log
      if ("task" in frame) seen.taskId = frame.task.id;
      else seen.frames.push({ seq: Number(id), frame });
    }
  } catch {
    // The platform was killed: that is the point.
  }
}

test("kill -9 in the middle of 200 streams loses and doubles nothing, and every task gets its one receipt and one journal", async () => {
  using folder = temporaryFolder();
  const home = `${folder.path}/home`;
  await using first = await PlatformProcess.start({ home });
  const { port } = new URL(first.url);
  await deployFolder(first, ECHO, { name: "echo" });
  const seen: Seen[] = Array.from({ length: STREAMS }, () => ({ taskId: undefined, frames: [] }));
  const streams = seen.map(async (each, index) => {
    const response = await first.fetch("/agents/echo/message:stream", {
      method: "POST",
      headers: { "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({
        message: {
          messageId: `crash-${index}`,
          role: "ROLE_USER",
          parts: [{ data: { count: 2_000, delayMs: 20 } }],
          metadata: { [SKILL_CALL_METADATA]: { skill: "stream" } },
        },
      }),
    });
    expect(response.status).toBe(200);
    await read(response, each);
  });
  await waitFor(
    "every stream to have received something",
    () => seen.every(({ frames }) => frames.length >= 2),
    60_000,
  );
  await first.kill();
  await Promise.all(streams);

  await using platform = await PlatformProcess.start({ home, port: Number(port) });
  await Promise.all(
    seen.map(async (each) => {
      const last = each.frames.at(-1)?.seq ?? 0;
      const response = await platform.fetch(`/agents/echo/sse/${each.taskId}`, {
        headers: { "last-event-id": String(last) },
      });
      expect(response.status).toBe(200);
      await read(response, each);
    }),
  );
  for (const { taskId, frames } of seen) {
    const events = await eventsOf(platform, taskId ?? "");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    // Both connections together saw exactly what the log shows, in its order, each once.
    const first = frames[0]?.seq ?? 0;
    const visible = events.flatMap((event) =>
      event.seq >= first && frameOf(event, "") !== undefined ? [event.seq] : [],
    );
    expect(frames.map(({ seq }) => seq)).toEqual(visible);
    const end = frames.at(-1)?.frame;
    const status = end !== undefined && "statusUpdate" in end ? end.statusUpdate.status : undefined;
    expect(status?.state).toBe("TASK_STATE_FAILED");
    expect(status?.message?.metadata).toEqual({ reason: "PLATFORM_RESTARTED" });
    expect(isTerminal(status?.state ?? "TASK_STATE_WORKING")).toBe(true);
  }
  const balanced = await waitFor(
    "every receipt",
    async () => {
      const check = (await (await platform.fetch("/v1/ledger/check")).json()) as {
        tasks: number;
        receipts: number;
        journals: number;
        pending: number;
        differences: string[];
      };
      return check.pending === 0 ? check : undefined;
    },
    30_000,
  );
  expect(balanced).toMatchObject({ tasks: STREAMS, receipts: STREAMS, journals: STREAMS, differences: [] });
});

async function eventsOf(platform: PlatformProcess, taskId: string): Promise<readonly TaskEvent[]> {
  const response = await platform.fetch(`/v1/tasks/${taskId}/events?limit=10000`);
  return ((await response.json()) as { events: TaskEvent[] }).events;
}
