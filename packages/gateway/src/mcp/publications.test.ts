import type { JsonObject } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";
import { FORM, ModernClient } from "./mcp.fixture.ts";
import type { ModernOptions } from "./mcp.fixture.ts";

let house: House;
let client: ModernClient;
beforeAll(async () => {
  house = await openHouse();
  client = new ModernClient(house);
  await publish(house.store, "guide", { config: scriptedConfig({ visibility: "public" }), card: guideCard() });
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("what an agent publishes", () => {
  const path = "/agents/guide/mcp";

  test("are prompts with their arguments, and values for them", async () => {
    expect((await client.result("server/discover", {}, { path })).capabilities).toMatchObject({
      prompts: {},
      completions: {},
    });
    const { prompts } = await client.result("prompts/list", {}, { path });
    expect(prompts).toEqual([{ name: "greet", description: "Greets.", arguments: [{ name: "who", required: true }] }]);
    const { messages } = await client.result("prompts/get", { name: "greet", arguments: { who: "Ada" } }, { path });
    expect(messages).toEqual([{ role: "user", content: { type: "text", text: "Hello Ada, {not} you" } }]);
    expect((await client.call("prompts/get", { name: "greet" }, { path })).json.error.code).toBe(-32602);
    expect((await client.call("prompts/list", { cursor: "x" }, { path })).json.error.code).toBe(-32602);
    expect((await client.call("prompts/list", { cursor: "x" }, { path: "/mcp" })).json.error.code).toBe(-32602);
    expect((await client.call("prompts/get", { name: "nope" }, { path })).json.error.code).toBe(-32602);
    const ref = { type: "ref/prompt", name: "greet" };
    const { completion } = await client.result(
      "completion/complete",
      { ref, argument: { name: "who", value: "a" } },
      { path },
    );
    expect(completion).toEqual({ values: ["Ada", "Alan"], total: 2, hasMore: false });
  });

  test("are prompts that ask for the arguments they need, where somebody can be asked", async () => {
    const get = async (more: object, capabilities: object = FORM): Promise<Json> =>
      (await client.call("prompts/get", { name: "greet", ...more }, { path, capabilities })).json;
    const asked = (await get({})).result;
    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: {
        arguments: {
          method: "elicitation/create",
          params: {
            message: 'The prompt "greet" needs: who.',
            requestedSchema: { type: "object", properties: { who: { type: "string" } }, required: ["who"] },
          },
        },
      },
    });
    const answered = (answer: unknown): object => ({ inputResponses: { arguments: answer } });
    const given = await get(answered({ action: "accept", content: { who: "Ada" } }));
    expect(given.result).toMatchObject({
      resultType: "complete",
      messages: [{ content: { text: "Hello Ada, {not} you" } }],
    });
    for (const unfit of [answered({ action: "accept", content: { who: 5 } }), answered(7), { inputResponses: {} }]) {
      expect((await get(unfit)).result.resultType).toBe("input_required");
    }
    expect((await get(answered({ action: "decline" }))).error.code).toBe(-32602);
    expect((await get({ inputResponses: 7 })).error.code).toBe(-32602);
    expect((await get({}, {})).error.code).toBe(-32602);
    expect((await get({}, { elicitation: { url: {} } })).error.code).toBe(-32602);
  });

  test("are files, fixed and by template", async () => {
    const { resources } = await client.result("resources/list", {}, { path });
    expect(resources).toContainEqual({ uri: "guide://a", name: "a" });
    const read = async (uri: string): Promise<Answer> => await client.call("resources/read", { uri }, { path });
    expect((await read("guide://a")).json.result.contents).toEqual([
      { uri: "guide://a", mimeType: "text/plain", text: "A" },
    ]);
    expect((await read("guide://b/7")).json.result.contents[0].text).toBe("B 7");
    expect((await read("guide://b/7/8")).json.error).toMatchObject({ code: -32602, data: { uri: "guide://b/7/8" } });
  });

  test("are the results of one's own tasks", async () => {
    await client.say("kept", { path, token: house.admin });
    const listed = await client.result("resources/list", {}, { path, token: house.admin });
    const { uri } = listed.resources.at(-1);
    expect(uri).toMatch(/^berth:\/\/tasks\/task_\w+\/artifacts\/0$/);
    const own = await client.result("resources/read", { uri }, { path, token: house.admin });
    expect(own.contents).toEqual([{ uri, mimeType: "text/plain", text: "kept" }]);
    expect((await client.call("resources/read", { uri }, { path })).json.error.code).toBe(-32602);
  });
});

describe("the server of all agents", () => {
  const path = "/mcp";

  test("has every skill that the caller may see, under its agent's name", async () => {
    const names = async (options: ModernOptions): Promise<string[]> =>
      (await client.result("tools/list", {}, { path, ...options })).tools.map(({ name }: Json) => name);
    expect(await names({})).toEqual(["guide__echo", "scripted__echo"]);
    expect(await names({ token: house.admin })).toEqual(["guide__echo", "hidden__echo", "scripted__echo"]);
    expect(await names({ path: "/mcp?agent=guide" })).toEqual(["guide__echo"]);
    expect((await client.result("prompts/list", {}, { path })).prompts[0].name).toBe("guide__greet");
  });

  test("calls them", async () => {
    const call = async (name: string, options: ModernOptions = {}): Promise<Json> =>
      (await client.call("tools/call", { name, arguments: { message: "x" } }, { path, ...options })).json;
    expect((await call("guide__echo")).result.content[0].text).toBe("x");
    expect((await call("hidden__echo")).error.code).toBe(-32602);
    expect((await call("hidden__echo", { token: house.admin })).result.content[0].text).toBe("x");
    expect((await call("guide__echo", { path: "/mcp?agent=scripted" })).error.code).toBe(-32602);
  });
});

function guideCard(): ReturnType<typeof scriptedCard> {
  const messages = [{ role: "user", content: { type: "text", text: "Hello {who}, {not} you" } }];
  const prompts: JsonObject[] = [
    {
      name: "greet",
      description: "Greets.",
      arguments: [{ name: "who", required: true, values: ["Ada", "Alan", "Bob"] }],
      messages,
    },
    { name: "broken", messages: [] },
  ];
  const resources: JsonObject[] = [
    { uri: "guide://a", name: "a", text: "A" },
    { uri: "guide://no-name", text: "x" },
  ];
  const templates: JsonObject[] = [{ uriTemplate: "guide://b/{n}", name: "b", text: "B {n}" }];
  const extensions = [
    { uri: "https://berth.dev/extensions/prompts/v1", params: { prompts } },
    { uri: "https://berth.dev/extensions/resources/v1", params: { resources, templates } },
  ];
  return { ...scriptedCard(), capabilities: { streaming: true, extensions } };
}
