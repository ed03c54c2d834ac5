import type { Message } from "@berth/protocol";
import { api, path } from "../../api/client.ts";

/** Sends to an agent by A2A, as the person who is signed in. Answers the task that takes it. */
export async function sendMessage(agent: string, body: { readonly message: Message }): Promise<string> {
  const { taskId } = await api<{ readonly taskId: string }>(path`/agents/${agent}/tasks`, { method: "POST", body });
  return taskId;
}

/** Not `randomUUID`: plain HTTP on a LAN does not have it. */
export function newMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
