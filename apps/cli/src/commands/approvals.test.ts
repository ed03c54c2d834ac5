import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

/** Lines that look like the platform's, a line that runs backwards, a screen that is cleared, and what nobody sees. */
const HOSTILE = [
  "harmless",
  "read     data/a.csv",
  "matches  0 files, 0 bytes now",
  "\u202eetirw\u202c \u2066x\u2069 \u061c\u200b\ufeff\u{e0041}",
  "\u001b[2J\u001b]0;owned\u0007\u009b31m<script>alert(1)</script>\u2028gone\r",
].join("\n");
const approval = {
  id: "apr_1",
  agent: "csv-analyst",
  taskId: "task_1",
  requesterId: "key_1",
  read: ["private/*.csv"],
  reason: HOSTILE,
  priorGrantId: "grn_1",
  requestedAt: "2026-11-29T10:00:00.000Z",
  expiresAt: "2026-11-29T11:00:00.000Z",
  state: "pending",
};
const matches = { count: 1, bytes: 5, more: false, files: [{ path: "private/a.csv", bytes: 5 }] };
const UNSAFE = /(?!\n)\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;

describe("approvals", () => {
  test("show keeps what the agent says apart from what the platform says", async () => {
    const answers = { "GET /v1/approvals/apr_1": { json: { ...approval, matches } } };
    const { io } = await runAgainst(answers, ["approvals", "show", "apr_1"]);
    const lines = io.out().trimEnd().split("\n");
    const mark = lines.indexOf("the agent says:");
    expect(lines.slice(0, mark)).toEqual([
      "request  apr_1 (pending, until 2026-11-29T11:00:00.000Z)",
      "agent    csv-analyst, in task task_1 of key_1",
      "read     private/*.csv",
      "matches  1 file, 5 bytes now",
      "         5 bytes private/a.csv",
    ]);
    for (const line of lines.slice(mark + 1)) expect(line).toMatch(/^ {2}\| /);
    expect(io.out()).not.toMatch(UNSAFE);
    expect(io.out()).toContain("<script>");
  });

  test("list and --json show nothing that a terminal acts on, and the JSON is the same text", async () => {
    const answers = { "GET /v1/approvals": { json: { approvals: [approval] } } };
    const listed = await runAgainst(answers, ["approvals", "list"]);
    expect(listed.io.out()).not.toMatch(UNSAFE);
    expect(listed.io.out().trimEnd().split("\n")).toHaveLength(2);
    const json = (await runAgainst(answers, ["approvals", "list", "--json"])).io.out();
    expect(json.replaceAll("\n", "")).not.toMatch(/\p{Cc}|[\u061c\u200b\u202a-\u202e\u2066-\u2069\ufeff]/u);
    expect(JSON.parse(json).approvals[0].reason).toBe(HOSTILE);
  });

  test("approve sends what was narrowed, and deny its note", async () => {
    const decided = { ...approval, state: "approved", decision: { by: "usr_1", at: "x", read: ["private/a.csv"] } };
    const answers = {
      "GET /v1/approvals/apr_1": { json: { ...approval, matches } },
      "POST /v1/approvals/apr_1/decision": { json: decided },
    };
    const narrowed = ["approvals", "approve", "apr_1", "--yes", "--once", "--read", "private/a.csv"];
    const { requests } = await runAgainst(answers, narrowed);
    expect(JSON.parse(requests.at(-1)?.body ?? "")).toEqual({
      decision: "approve",
      extent: "once",
      read: ["private/a.csv"],
    });
    const denied = await runAgainst(answers, ["approvals", "deny", "apr_1", "--note", "no"]);
    expect(JSON.parse(denied.requests.at(-1)?.body ?? "")).toEqual({ decision: "deny", note: "no" });
  });
});
