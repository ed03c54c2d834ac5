import { createPublicKey, verify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { ApprovalHookRecord, ApprovalRecord } from "@berth/store";
import { temporaryFolder } from "@berth/testing";
import { loadSigningKeys, toJwkSet } from "../cards/signing-keys.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import { HookTeller } from "./tell-hooks.ts";

type Sent = Parameters<OutboundHttp["request"]>[0];

const approval: ApprovalRecord = {
  orgId: "org_1",
  approvalId: "apr_1",
  taskId: "task_1",
  agentId: "agt_1",
  agentName: "alpha",
  requesterId: "usr_1",
  callers: ["usr_1"],
  read: ["private/*"],
  reason: "to compare",
  priorGrantId: "grn_1",
  requestedAt: "2026-11-29T10:00:00.000Z",
  expiresAt: "2026-11-29T11:00:00.000Z",
  state: "pending",
};
const hook: ApprovalHookRecord = {
  orgId: "org_1",
  hookId: "whk_1",
  url: "https://hooks.example/approvals",
  createdAt: "2026-11-29T10:00:00.000Z",
  createdBy: "usr_admin",
};

const folder = temporaryFolder("berth-hooks");
let keys: SigningKeys;
let sent: Sent[];
let lines: string[];
let answer: () => Promise<{ readonly status: number }>;
let teller: HookTeller;

beforeEach(async () => {
  keys = await loadSigningKeys(folder.path);
  [sent, lines] = [[], []];
  answer = async () => ({ status: 204 });
  teller = new HookTeller({
    outbound: {
      request: async (request) => {
        sent.push(request);
        return (await answer()) as never; // only the status is read
      },
    },
    signer: keys.webhooks,
    now: () => new Date("2026-11-29T10:00:00Z"),
    log: (line) => void lines.push(line),
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await teller.close();
});

describe("a hook", () => {
  it("is told of a request, with a signature over the body for this address", async () => {
    teller.tell([hook], approval);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    const body = String(sent[0]?.body);
    expect(JSON.parse(body)).toMatchObject({ type: "approval.requested", approvalId: "apr_1", read: ["private/*"] });
    expect(body).not.toContain("callers");
    const [header = "", none, signature = ""] = String(sent[0]?.headers?.["Berth-Signature"]).split(".");
    expect(none).toBe("");
    const said = JSON.parse(Buffer.from(header, "base64url").toString());
    expect(said).toMatchObject({ aud: hook.url, jti: "apr_1", alg: "EdDSA" });
    const jwk = toJwkSet(keys, new Date()).keys.find(({ kid }) => kid === said.kid);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const holds = (payload: string): boolean =>
      verify(
        null,
        Buffer.from(`${header}.${Buffer.from(payload).toString("base64url")}`),
        key,
        Buffer.from(signature, "base64url"),
      );
    expect([holds(body), holds(body.replace("apr_1", "apr_2"))]).toEqual([true, false]);
  });

  it("that does not take it is told three more times and then no more, and the log says why", async () => {
    const failures = [{ status: 500 }, { status: 302 }];
    answer = async () => failures.shift() ?? Promise.reject(new OutboundError("refused", "not reachable"));
    teller.tell([hook], approval);
    for (const [index, pause] of [1_000, 5_000, 30_000].entries()) {
      await vi.waitFor(() => expect(lines).toHaveLength(index + 1));
      await vi.advanceTimersByTimeAsync(pause);
    }
    await vi.waitFor(() => expect(lines).toHaveLength(4));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(sent).toHaveLength(4);
    expect(lines.join("\n")).toMatch(/HTTP 500[^]*HTTP 302[^]*not reachable/);
  });

  it("that breaks our own code is a line in the log and not the end of the process", async () => {
    answer = () => Promise.reject(new TypeError("a bug"));
    teller.tell([hook], approval);
    await vi.waitFor(() => expect(lines.join()).toContain("a bug"));
  });

  it("waits with at most a hundred others, and the rest stands in the log", async () => {
    const gate = Promise.withResolvers<{ readonly status: number }>();
    answer = () => gate.promise;
    teller.tell(
      Array.from({ length: 105 }, () => hook),
      approval,
    );
    expect(lines).toHaveLength(5);
    gate.resolve({ status: 204 });
  });
});
