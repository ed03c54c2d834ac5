import type { AgentCard } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Edge } from "../edge/edge.ts";
import { DEFAULT_LIMITS } from "../edge/limits.ts";
import { publish } from "../gateway.fixture.ts";
import type { Json } from "../gateway.fixture.ts";
import { openOAuthHouse } from "../oauth/oauth.fixture.ts";
import type { OAuthHouse } from "../oauth/oauth.fixture.ts";
import { gatewayRoutes } from "../routes.ts";
import { plainPath } from "./platform-openapi.ts";
import { ROUTE_SCHEMAS } from "./route-schemas.ts";

let house: OAuthHouse;
beforeAll(async () => {
  house = await openOAuthHouse({ upstream: () => ({ issuer: "https://accounts.example", clientId: "berth" }) });
  await publish(house.store, "typed", {
    card: typedCard(),
    config: scriptedConfig({ visibility: "public" }),
    skillSchemas: [
      {
        id: "sum/up",
        inputSchema: SUM_INPUT,
        outputSchema: { type: "object", properties: { sum: { type: "number" } } },
      },
      { id: "odd", inputSchema: { $ref: "https://example.com/schema.json" } },
    ],
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());

const SUM_INPUT = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: { values: { type: "array", items: { $ref: "#/$defs/Value" } }, $ref: { type: "string" } },
  required: ["values"],
  $defs: { Value: { type: "number", examples: [7] } },
} as const;

function typedCard(): AgentCard {
  const skill = { name: "S", tags: [] };
  return {
    ...scriptedCard(),
    name: "Typed\n# not a heading",
    skills: [
      { ...skill, id: "sum/up", description: "Adds numbers.\n```\nnot a fence", examples: ["add 1 and 2"] },
      { ...skill, id: "odd", description: "Takes what nobody knows." },
      { ...skill, id: "sum-up", description: "Is named almost the same." },
    ],
  };
}

/** Every object of the document with the way to it. */
function* objects(value: Json, at: string = "#"): Generator<readonly [string, Record<string, Json>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [at, value];
  for (const [key, each] of Object.entries(value)) yield* objects(each, `${at}/${key}`);
}

function resolve(document: Json, ref: string): unknown {
  return ref
    .slice(2)
    .split("/")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<Json>((here, name) => here?.[name], document);
}

/** What a checker of OpenAPI 3.1 would look at first. */
function problemsOf(document: Json): readonly string[] {
  const problems: string[] = [];
  for (const [at, { $ref }] of objects(document)) {
    if (typeof $ref === "string" && resolve(document, $ref) === undefined)
      problems.push(`${at}: ${$ref} leads nowhere`);
  }
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries<Json>(document.paths)) {
    for (const [method, operation] of Object.entries<Json>(methods)) {
      const name = `${method} ${path}`;
      if (ids.has(operation.operationId)) problems.push(`${name}: its operationId is taken`);
      ids.add(operation.operationId);
      const declared = (operation.parameters ?? [])
        .filter((each: Json) => each.in === "path")
        .map((each: Json) => each.name);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      if (String(named) !== String(declared))
        problems.push(`${name}: declares ${declared}, its path has ${String(named)}`);
      for (const requirement of operation.security ?? []) {
        for (const scheme of Object.keys(requirement)) {
          if (document.components.securitySchemes[scheme] === undefined) problems.push(`${name}: no scheme ${scheme}`);
        }
      }
      if (operation.responses.default === undefined) problems.push(`${name}: says nothing of errors`);
      const contents = [operation.requestBody, ...Object.values<Json>(operation.responses)].flatMap((each) =>
        Object.entries<Json>(each?.content ?? {}),
      );
      for (const [type, { schema }] of contents) {
        if (schema === undefined || Object.keys(schema).length === 0) problems.push(`${name}: no schema of ${type}`);
      }
    }
  }
  return problems;
}

describe("the platform's OpenAPI document", () => {
  test("has every route that dispatches, each with the schemas of what it takes and answers", async () => {
    // Made here and never run: of the edge they read the use cases, the bounds and the secret.
    const routes = gatewayRoutes({
      control: house.control,
      oauth: house.oauth,
      limits: DEFAULT_LIMITS,
      secret: new Uint8Array(32),
    } as unknown as Edge);
    const names = [
      ...routes.platform.map(({ method, path }) => `${method} ${plainPath(path)}`),
      ...routes.agent.map(({ method, path }) => `${method} ${plainPath(`/agents/{agent}${path}`)}`),
    ];
    const { json } = await house.call("/v1/openapi.json");
    const documented = Object.entries<Json>(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.toSorted()).toEqual(names.toSorted());
    expect(Object.keys(ROUTE_SCHEMAS).toSorted(), "route-schemas.ts").toEqual(names.toSorted());
  });

  test("holds together: references, parameters, schemes, schemas, errors", async () => {
    const { json } = await house.call("/v1/openapi.json");
    expect(problemsOf(json)).toEqual([]);
    expect(Object.keys(json.components.schemas)).toEqual(
      expect.arrayContaining(["Agent", "Deployment", "Task", "Receipt", "Key", "Problem", "Webhook"]),
    );
    const { post } = json.paths["/v1/keys"];
    expect(post.requestBody.content["application/json"].schema).toEqual({ $ref: "#/components/schemas/NewKey" });
    expect(Object.keys(post.responses)).toEqual(["201", "400", "401", "403", "413", "415", "default"]);
  });

  test("the checks find what is planted", () => {
    const operation = { operationId: "x", security: [{ none: [] }], responses: { 200: { content: { "a/b": {} } } } };
    const planted = {
      paths: { "/{id}": { get: { ...operation, schema: { $ref: "#/nowhere" } }, put: operation } },
      components: { securitySchemes: {} },
    };
    expect(problemsOf(planted)).toHaveLength(10);
  });
});

describe("an agent's OpenAPI document", () => {
  test("has each skill as a path of its own, with the schemas that hold there", async () => {
    const { json, headers } = await house.call("/agents/typed/openapi.json");
    expect(headers["content-type"]).toBe("application/json");
    expect(problemsOf(json)).toEqual([]);
    expect(json.servers).toEqual([{ url: `http://127.0.0.1:${house.port}/agents/typed` }]);
    const { post } = json.paths["/invoke/sum%2Fup"];
    expect(post).toMatchObject({ summary: "S", security: expect.arrayContaining([{}]) });
    const input = post.requestBody.content["application/json"].schema;
    expect(resolve(json, input.$ref)).toEqual({
      type: "object",
      properties: {
        values: { type: "array", items: { $ref: `${input.$ref}/$defs/Value` } },
        $ref: { type: "string" },
      },
      required: ["values"],
      $defs: SUM_INPUT.$defs,
    });
    expect(JSON.stringify(post.responses["200"])).toContain("skill.1.output");
    expect(JSON.stringify(json.paths["/invoke/odd"])).not.toContain("example.com");
    for (const path of ["/tasks", "/sse/{id}", "/runs/{id}/receipt", "/message:send", "/mcp", "/"]) {
      expect(json.paths, path).toHaveProperty([path]);
    }
    expect(json.paths).not.toHaveProperty(["/invoke/{skill}"]);
  });

  test("stands under the address by which it was asked, and asks for a key where calls do", async () => {
    const host = `typed.localhost:${house.port}`;
    expect((await house.call("/openapi.json", { headers: { host } })).json.servers).toEqual([
      { url: `http://${host}` },
    ]);
    const { json } = await house.call("/agents/hidden/openapi.json");
    expect(json.paths["/invoke/echo"].post.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    expect((await house.call("/agents/nobody/openapi.json")).json.reason).toBe("AGENT_NOT_FOUND");
  });

  test("and llms.txt leave out what the public card leaves out", async () => {
    const config = scriptedConfig({ visibility: "public", hiddenSkills: ["odd"] });
    await publish(house.store, "discreet", { card: typedCard(), config });
    for (const path of ["/agents/discreet/openapi.json", "/agents/discreet/llms.txt"]) {
      const { text } = await house.call(path);
      expect(text, path).toContain("Is named almost the same.");
      expect(text, path).not.toContain("Takes what nobody knows.");
    }
  });

  test("can be kept, and starts nobody", async () => {
    for (const path of ["/agents/typed/openapi.json", "/agents/typed/llms.txt", "/v1/openapi.json", "/llms.txt"]) {
      const first = await house.call(path);
      const again = await house.call(path, { headers: { "if-none-match": String(first.headers.etag) } });
      expect([first.status, again.status, again.text], path).toEqual([200, 304, ""]);
      expect(first.headers["cache-control"]).toContain("max-age");
    }
    expect(house.connector.turns).toEqual([]);
  });
});

describe("llms.txt", () => {
  test("of an agent says what it does, with a call to copy, and how to reach it", async () => {
    const { text, headers } = await house.call("/agents/typed/llms.txt");
    expect(headers["content-type"]).toBe("text/markdown; charset=utf-8");
    const base = `http://127.0.0.1:${house.port}/agents/typed`;
    expect(text).toContain(
      `curl -X POST '${base}/invoke/sum%2Fup' -H "content-type: application/json" -d '{"values":[7]}'`,
    );
    for (const part of [`${base}/mcp`, `${base}/.well-known/agent-card.json`, `${base}/openapi.json`, "add 1 and 2"]) {
      expect(text).toContain(part);
    }
    expect(text.match(/^#.*$/gm)).toEqual([
      "# Typed # not a heading",
      "## Skills",
      "### sum/up",
      "### odd",
      "### sum-up",
      "## How to reach it",
      "## More",
    ]);
    expect(text.match(/^```/gm)).toHaveLength(6);
    expect((await house.call("/agents/hidden/llms.txt")).text).toContain("$BERTH_TOKEN");
  });

  test("of the platform lists what anybody may call", async () => {
    const { text } = await house.call("/llms.txt");
    expect(text).toContain(`[typed](http://127.0.0.1:${house.port}/agents/typed/llms.txt)`);
    expect(text).not.toContain("hidden");
  });
});
