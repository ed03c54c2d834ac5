import type { AuditRecord } from "@berth/store";
import { expect, it } from "vitest";
import { toOcsf } from "./to-ocsf.ts";

const RECORD: AuditRecord = {
  orgId: "org_1",
  auditId: "aud_1",
  salt: "c2FsdA",
  at: "2026-11-29T10:00:00.000Z",
  actor: "usr_1",
  action: "key.create",
  resource: "key_1",
  outcome: "ok",
  from: { address: "192.0.2.1", userAgent: "curl", door: "api", requestId: "req_1" },
  detail: { a: 1 },
  leafIndex: 7,
};

it.each([
  ["user.add", 3001, 1],
  ["user.disable", 3001, 5],
  ["user.link", 3001, 99],
  ["session.sign_in", 3002, 1],
  ["session.end", 3002, 2],
  ["approval.approve", 3005, 1],
  ["grant.revoke", 3005, 2],
  ["key.create", 6003, 1],
  ["limit.set", 6003, 3],
  ["agent.remove", 6003, 4],
  ["audit.read", 6003, 2],
  ["something.else", 6003, 99],
])("makes of %s class %i, activity %i", (action, classUid, activity) => {
  const event = toOcsf({ ...RECORD, action });
  expect(event).toMatchObject({
    class_uid: classUid,
    category_uid: Math.floor(classUid / 1000),
    activity_id: activity,
    type_uid: classUid * 100 + activity,
  });
});

it("keeps who, what, when, from where and the outcome, and what OCSF has no place for", () => {
  expect(toOcsf(RECORD)).toMatchObject({
    time: Date.parse(RECORD.at),
    status_id: 1,
    metadata: { uid: "aud_1" },
    actor: { user: { uid: "usr_1", org: { uid: "org_1" } } },
    api: { operation: "key.create", request: { uid: "req_1" } },
    resources: [{ name: "key_1" }],
    src_endpoint: { ip: "192.0.2.1", svc_name: "api" },
    http_request: { user_agent: "curl" },
    unmapped: { detail: { a: 1 }, leaf_index: 7, salt: "c2FsdA" },
  });
  expect(toOcsf({ ...RECORD, outcome: "denied" })).toMatchObject({ status_id: 2, severity: "Medium" });
});
