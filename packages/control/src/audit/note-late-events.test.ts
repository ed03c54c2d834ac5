import { DEFAULT_ORG_ID } from "@berth/protocol";
import { expect, test } from "vitest";
import { openFixture } from "../receipts/test/receipts-fixture.ts";
import { noteLateEvents } from "./note-late-events.ts";

test("what was seen of a run after its end is an entry with a leaf of its own", async () => {
  await using fixture = await openFixture();
  const { store, receipts } = fixture;
  const now = (): Date => new Date("2026-11-29T10:00:02.000Z");
  const run = { orgId: DEFAULT_ORG_ID, agentId: "agt_1", taskId: "task_1" };
  const file = { kind: "file", op: "write", path: "a.txt", outcome: "ok", grantId: "grt_1" } as const;
  await noteLateEvents({ store, now }, run, [file]);
  await receipts.flush();
  const [entry] = await store.audit.list(DEFAULT_ORG_ID, 1);
  expect(entry).toMatchObject({ action: "run.late", actor: "agt_1", resource: "task_1", detail: { events: [file] } });
  expect(entry?.leafIndex).toBeTypeOf("number");
});
