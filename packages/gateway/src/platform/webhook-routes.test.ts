import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";

let house: House;
let token: string;
beforeAll(async () => {
  house = await openHouse();
  token = await house.key("invoke");
});
afterAll(async () => await house[Symbol.asyncDispose]());

const HOOKS = "/v1/agents/hidden/webhooks";

async function create(body: object, as: string = token): Promise<Json> {
  return (await house.call(HOOKS, { body: { skill: "echo", ...body }, token: as })).json;
}

function standardHeaders({ secret }: Json, id: string, text: string, at: number = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const key = Buffer.from(String(secret).slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

async function deliver(hook: Json, text: string, headers: Record<string, string>): Promise<Answer> {
  const sent = { "content-type": "application/json", ...headers };
  return await house.call(new URL(hook.url).pathname, { method: "POST", body: text, headers: sent });
}

describe("webhooks of an agent", () => {
  test("are made with a secret that is shown once, listed and removed", async () => {
    const hook = await create({});
    expect(hook).toMatchObject({
      id: expect.stringMatching(/^hook_/),
      agent: "hidden",
      skill: "echo",
      kind: "standard",
      url: `http://127.0.0.1:${house.port}/hooks/${hook.id}`,
      secret: expect.stringMatching(/^whsec_/),
    });
    const { secret: _secret, ...shown } = hook;
    expect((await house.call(HOOKS, { token })).json.webhooks).toContainEqual(shown);
    expect((await house.call(HOOKS, { token: await house.key("invoke") })).json.webhooks).toEqual([]);
    const gone = await house.call(`${HOOKS}/${hook.id}`, { method: "DELETE", token });
    expect(gone.status).toBe(204);
    const again = await house.call(`${HOOKS}/${hook.id}`, { method: "DELETE", token });
    expect([again.status, again.json.reason]).toEqual([404, "WEBHOOK_NOT_FOUND"]);
    expect((await deliver(hook, "{}", standardHeaders(hook, "m", "{}"))).status).toBe(404);
  });

  test("are refused field by field", async () => {
    const { json } = await house.call(HOOKS, { body: { kind: "smoke", secret: 1 }, token });
    expect(json.violations.map(({ field }: Json) => field)).toEqual(["skill", "kind", "secret"]);
    expect((await create({ skill: "fly" })).reason).toBe("SKILL_NOT_FOUND");
    expect((await house.call(HOOKS, { body: { skill: "echo" } })).status).toBe(401);
    const reader = await house.key("read");
    expect((await house.call(HOOKS, { body: { skill: "echo" }, token: reader })).status).toBe(403);
  });
});

describe("POST /hooks/{id}", () => {
  test("starts the skill with the body as its input, once for each delivery", async () => {
    const hook = await create({});
    const text = '{"n":21}';
    const first = await deliver(hook, text, standardHeaders(hook, "msg_1", text));
    expect([first.status, first.json]).toEqual([202, { taskId: expect.stringMatching(/^task_/) }]);
    const again = await deliver(hook, text, standardHeaders(hook, "msg_1", text));
    expect(again.json).toEqual(first.json);
    const other = '{"n":22}';
    const conflict = await deliver(hook, other, standardHeaders(hook, "msg_1", other));
    expect([conflict.status, conflict.json.reason]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
    const second = await deliver(hook, text, standardHeaders(hook, "msg_2", text));
    expect(second.json.taskId).not.toBe(first.json.taskId);
    const { json: log } = await house.call(`/v1/tasks/${first.json.taskId}/events`, { token });
    expect(log.events[0].body).toMatchObject({
      kind: "accepted",
      skill: "echo",
      principal: { kind: "api_key", id: hook.principalId },
      message: { parts: [{ data: { n: 21 } }] },
    });
  });

  test("needs a signature that holds, now, over JSON of at most one MiB", async () => {
    const hook = await create({});
    const headers = standardHeaders(hook, "m", "{}");
    const reasons = [
      await deliver(hook, "{}", {}),
      await deliver(hook, '{"n":1}', headers),
      await deliver(hook, "{}", standardHeaders(hook, "m", "{}", Date.now() - 301_000)),
      await deliver(hook, "{}", { ...headers, authorization: `Bearer ${house.admin}`, "webhook-id": "x" }),
      await deliver(hook, "{", standardHeaders(hook, "m", "{")),
      await deliver(hook, "{}", { ...headers, "content-type": "application/x-www-form-urlencoded" }),
      await deliver(hook, `"${"x".repeat(1024 * 1024)}"`, headers),
      await deliver({ url: "http://x/hooks/hook_none" }, "{}", headers),
    ].map(({ status, json }) => `${status} ${json.reason}`);
    expect(reasons).toEqual([
      "401 UNAUTHENTICATED",
      "401 UNAUTHENTICATED",
      "401 UNAUTHENTICATED",
      "401 UNAUTHENTICATED",
      "400 PARSE_ERROR",
      "415 UNSUPPORTED_MEDIA_TYPE",
      "413 REQUEST_TOO_LARGE",
      "404 WEBHOOK_NOT_FOUND",
    ]);
  });

  test("takes GitHub's deliveries, and answers its ping without work", async () => {
    const hook = await create({ kind: "github" });
    const text = '{"zen":"Keep it logically awesome."}';
    const headers = {
      "x-hub-signature-256": `sha256=${createHmac("sha256", hook.secret).update(text).digest("hex")}`,
      "x-github-delivery": "72d3162e",
    };
    const turns = house.connector.turns.length;
    const ping = await deliver(hook, text, { ...headers, "x-github-event": "ping" });
    expect([ping.status, ping.text, house.connector.turns.length]).toEqual([204, "", turns]);
    const push = await deliver(hook, text, { ...headers, "x-github-event": "push" });
    expect(push.status).toBe(202);
    await expect
      .poll(() => house.connector.turns.at(-1)?.message.metadata)
      .toMatchObject({
        "https://berth.dev/extensions/webhook/v1": { kind: "github", deliveryId: "72d3162e", event: "push" },
      });
  });

  test("stops when the key that made the webhook is revoked", async () => {
    const key = await house.key("invoke");
    const hook = await create({ kind: "hmac" }, key);
    const headers = { "x-signature-256": createHmac("sha256", hook.secret).update("{}").digest("hex") };
    expect((await deliver(hook, "{}", headers)).status).toBe(202);
    const id = String(hook.principalId).replace(/^key_/, "");
    await house.call(`/v1/keys/${id}`, { method: "DELETE", token: house.admin });
    expect((await deliver(hook, "{}", headers)).status).toBe(401);
  });
});
