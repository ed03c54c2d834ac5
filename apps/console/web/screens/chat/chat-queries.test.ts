import { describe, expect, it } from "vitest";
import type { TaskEvent, TaskEventBody } from "@berth/protocol";
import { contextsOf } from "./chat-queries.ts";
import { withEvents } from "./meter.ts";

const line = (id: string, contextId: string, state: "TASK_STATE_COMPLETED" | "TASK_STATE_WORKING", at: string) => ({
  task: { id, contextId, status: { state, timestamp: at } },
  createdAt: at,
});

describe("contextsOf", () => {
  it("has each conversation once, with its newest state and its first task", () => {
    const lines = [
      line("t3", "a", "TASK_STATE_WORKING", "3"),
      line("t2", "b", "TASK_STATE_COMPLETED", "2"),
      line("t1", "a", "TASK_STATE_COMPLETED", "1"),
    ];
    expect(contextsOf(lines)).toEqual([
      { contextId: "a", firstTaskId: "t1", tasks: 2, state: "TASK_STATE_WORKING", at: "3" },
      { contextId: "b", firstTaskId: "t2", tasks: 1, state: "TASK_STATE_COMPLETED", at: "2" },
    ]);
  });
});

describe("withEvents", () => {
  const event = (seq: number, body: object): TaskEvent => ({ taskId: "t", seq, at: "", body: body as TaskEventBody });
  const accepted = event(1, {
    kind: "accepted",
    contextId: "c",
    message: { messageId: "m", role: "ROLE_USER", parts: [] },
    trace: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
  });

  it("counts on from where it was, and nothing twice", () => {
    const first = withEvents({ seq: 0, kept: [], connections: 0, denied: 0 }, [
      accepted,
      event(2, { kind: "status", status: { state: "TASK_STATE_WORKING" } }),
      event(3, { kind: "usage", usage: { inputTokens: 10, outputTokens: 2 } }),
    ]);
    expect(first).toMatchObject({ seq: 3, usage: { inputTokens: 10 }, traceId: "0af7651916cd43dd8448eb211c80319c" });
    const egress = event(4, { kind: "egress", host: "h", port: 443, decision: "denied" });
    const second = withEvents(first, [
      egress,
      event(3, { kind: "usage", usage: { inputTokens: 99, outputTokens: 2 } }),
    ]);
    expect(second).toMatchObject({ denied: 1, connections: 0, usage: { inputTokens: 10 } });
  });
});
