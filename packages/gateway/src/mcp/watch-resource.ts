import { setTimeout as sleep } from "node:timers/promises";
import { isPlatformError, isTerminal } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import type { McpCall } from "./mcp-call.ts";
import { findArtifact, publishedContents } from "./resources.ts";

type Viewer = Pick<McpCall, "edge" | "exchange" | "surface">;

/** Calls `tell` on every change until the signal aborts, or until nothing of it can change any more. */
type Watch = (signal: AbortSignal, tell: () => Promise<void>) => Promise<void>;

/**
 * A resource, to be told of its changes: what a task produces changes while the task runs, what an agent publishes with
 * the agent's releases. Undefined for what is not there, or not the caller's.
 */
export async function openWatch(viewer: Viewer, uri: string): Promise<Watch | undefined> {
  const artifact = await findArtifact(viewer, uri);
  if (artifact !== undefined) return watchArtifact(viewer, artifact);
  const before = await publishedText(viewer, uri);
  if (before === undefined) return undefined;
  return async (signal, tell) => {
    let known: string | undefined = before;
    // Looking, and not being told, also sees what another node has deployed.
    while (await pause(viewer.surface.lookMs, signal)) {
      const now = await publishedText(viewer, uri);
      if (now === known) continue;
      known = now;
      await tell();
    }
  };
}

/** Its place in the list is its address: an artifact never leaves it. */
function watchArtifact(
  { edge, exchange, surface }: Viewer,
  { view, index }: NonNullable<Awaited<ReturnType<typeof findArtifact>>>,
): Watch | undefined {
  // It may be there later, as long as the task runs.
  if (isTerminal(view.task.status.state) && view.task.artifacts?.[index] === undefined) return undefined;
  const context = callContext(exchange, "mcp");
  const { id } = view.task;
  return async (signal, tell) => {
    for await (const { frame } of edge.control.tasks.follow(context, id, { after: view.seq, signal })) {
      if (!("artifactUpdate" in frame)) continue;
      const now = await edge.control.tasks.get(context, id, surface.agentName);
      const at = now.view.task.artifacts?.[index];
      if (at?.artifactId === frame.artifactUpdate.artifact.artifactId) await tell();
    }
  };
}

/** False when the signal has aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** An agent that is gone publishes nothing. */
async function publishedText(viewer: Viewer, uri: string): Promise<string | undefined> {
  try {
    const contents = await publishedContents(viewer, uri);
    return contents === undefined ? undefined : JSON.stringify(contents);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return undefined;
  }
}
