import { SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";

let house: House;
let token: string;
beforeAll(async () => {
  house = await openHouse();
  token = await house.key("invoke");
  const skills = ["echo", "secret"].map((id) => ({ id, name: id, description: id, tags: [id] }));
  await publish(house.store, "discreet", {
    config: scriptedConfig({ visibility: "public", hiddenSkills: ["secret"] }),
    card: {
      ...scriptedCard(),
      capabilities: { extensions: [{ uri: SKILL_SCHEMAS_EXTENSION, params: { skills: [{ id: "secret" }] } }] },
      skills,
    },
    skillSchemas: [{ id: "secret", inputSchema: { type: "object" } }],
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());

const idsOf = (card: Json): string[] => card.skills.map(({ id }: Json) => id);

/** Every way to ask for the extended card, and where the card is in its answer. */
const WAYS: readonly [string, (agent: string, init: object) => Promise<Answer>, (json: Json) => Json][] = [
  [
    "GetExtendedAgentCard",
    async (agent, init) => await house.rpc("GetExtendedAgentCard", {}, { agent, ...init }),
    (json) => json.result,
  ],
  [
    "GET /extendedAgentCard",
    async (agent, init) => await house.call(`/agents/${agent}/extendedAgentCard`, init),
    (json) => json,
  ],
  [
    "agent/getAuthenticatedExtendedCard",
    async (agent, init) => await house.rpc("agent/getAuthenticatedExtendedCard", {}, { agent, ...init }),
    (json) => json.result,
  ],
];

describe("the extended card", () => {
  test.each(WAYS)("by %s has the hidden skills, for callers with a credential", async (_name, ask, cardOf) => {
    const card = cardOf((await ask("discreet", { token })).json);
    expect(idsOf(card)).toEqual(["echo", "secret"]);
    const nobody = await ask("discreet", {});
    expect(nobody.status).toBe(401);
    expect(nobody.headers["www-authenticate"]).toContain("Bearer");
    expect(nobody.text).not.toContain("secret");
    expect(idsOf(cardOf((await ask("discreet", { token })).json))).toEqual(["echo", "secret"]);
  });

  test("is not there for an agent that hides nothing: each version has its error for it", async () => {
    const codes = await Promise.all(WAYS.map(async ([, ask]) => (await ask("scripted", { token })).json.error.code));
    expect(codes).toEqual([-32004, 400, -32007]);
  });

  test("is signed, and may be kept by its caller alone", async () => {
    const answer = await house.call("/agents/discreet/extendedAgentCard", { token });
    expect(answer.json.signatures.length).toBeGreaterThan(0);
    expect(answer.headers["cache-control"]).toContain("private");
    const headers = { "if-none-match": String(answer.headers.etag) };
    expect((await house.call("/agents/discreet/extendedAgentCard", { token, headers })).status).toBe(304);
  });

  test("of 0.3's HTTP+JSON stands at /v1/card, where the public one is for everybody else", async () => {
    expect(idsOf((await house.call("/agents/discreet/v1/card", { token })).json)).toEqual(["echo", "secret"]);
    expect(idsOf((await house.call("/agents/discreet/v1/card")).json)).toEqual(["echo"]);
    expect((await house.call("/agents/scripted/v1/card", { token })).status).toBe(200);
  });
});

describe("a hidden skill", () => {
  test("is unknown to callers without a credential, wherever they look", async () => {
    const places = [
      "/agents/discreet/.well-known/agent-card.json",
      "/v1/agents",
      "/v1/agents/discreet",
      "/v1/agents/discreet/card",
      "/agents/discreet/llms.txt",
      "/agents/discreet/openapi.json",
    ];
    for (const path of places) expect((await house.call(path)).text, path).not.toContain("secret");
    for (const query of ["skill=secret", "tag=secret", "q=secret"]) {
      expect((await house.call(`/v1/agents?${query}`)).json.agents, query).toEqual([]);
    }
    const announced = await house.call("/agents/discreet/.well-known/agent-card.json");
    expect(announced.json.capabilities.extendedAgentCard).toBe(true);
    expect(announced.json.supportsAuthenticatedExtendedCard).toBe(true);
  });

  test("cannot be named by them, as if it did not exist; others call it", async () => {
    const metadata = { "https://berth.dev/extensions/skill-call/v1": { skill: "secret" } };
    const refused = await house.rpc("SendMessage", textMessage("x", { metadata }), { agent: "discreet" });
    expect(refused.json.error.data[0].reason).toBe("SKILL_NOT_FOUND");
    expect(refused.json.error.data[0].metadata.hint).toBe("It has: echo.");
    const called = await house.rpc("SendMessage", textMessage("x", { metadata }), { agent: "discreet", token });
    expect(called.json.result.task.status.state).toBe("TASK_STATE_COMPLETED");
    expect((await house.call("/v1/agents/discreet", { token })).text).toContain("secret");
  });
});
