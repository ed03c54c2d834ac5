import { afterAll, beforeAll, expect, test } from "vitest";
import { assertPolicies } from "../edge/routes.ts";
import { absentLike, expected, matrixRoutes, outcomeOf, pathOf, visible } from "./matrix.fixture.ts";
import type { MatrixRoute, Resource } from "./matrix.fixture.ts";
import { renderMatrix } from "./render-matrix.fixture.ts";
import type { Params } from "./row.fixture.ts";
import type { Answer } from "../gateway.fixture.ts";
import { CALLERS, openWorld } from "./world.fixture.ts";
import type { Caller, World } from "./world.fixture.ts";

// Every route × every role × a thing of the own organization, of another one, and one that does not exist, at the real
// gateway on the in-memory store. What is expected comes from ACTIONS and the routes' policies; rows name the exceptions.

let world: World;
let routes: readonly MatrixRoute[];

beforeAll(async () => {
  world = await openWorld();
  routes = matrixRoutes(world.house.gateway.routes);
});

afterAll(async () => await world[Symbol.asyncDispose]());

const ask = async (route: MatrixRoute, caller: Caller, params: Params): Promise<Answer> => {
  const token = world.token(caller);
  return await world.house.call(pathOf(route, params), {
    method: route.method,
    ...route.row.call?.({ ...route.row.fixed, ...params }),
    ...(token === undefined ? {} : { token }),
  });
};

const kinds = (route: MatrixRoute): readonly Resource[] =>
  route.row.thing === undefined ? ["own"] : ["own", "foreign", "absent"];

test("every route has a row, every row a route, and every exception a reason", () => {
  expect(routes.length).toBeGreaterThan(100);
  const bare = routes.filter(({ row }) => row.access !== undefined && (row.why ?? "").length < 10);
  expect(bare.map(({ name }) => name)).toEqual([]);
});

test("a new route without a row, or without a policy, fails", () => {
  const { platform, agent } = world.house.gateway.routes;
  const planted = {
    method: "GET",
    path: "/v1/planted",
    policy: "none",
    summary: "x",
    handle: () => undefined,
  } as const;
  expect(() => matrixRoutes({ platform: [...platform, planted], agent })).toThrow("GET /v1/planted");
  expect(() => assertPolicies([{ ...planted, policy: undefined as never }])).toThrow("no policy");
});

test("no cell differs from what ACTIONS, policies and the named exceptions say", { timeout: 120_000 }, async () => {
  const wrong: string[] = [];
  for (const route of routes) {
    try {
      wrong.push(...(await differences(route)));
    } catch (error) {
      wrong.push(`${route.name}: ${String(error)}`);
    }
  }
  expect(wrong).toEqual([]);
});

const differences = async (route: MatrixRoute): Promise<readonly string[]> => {
  const wrong: string[] = [];
  const { thing, fresh, after = [] } = route.row;
  const own = thing === undefined ? {} : await thing(world.own);
  const foreign = thing === undefined ? {} : await thing(world.foreign);
  for (const caller of CALLERS) {
    const answers = new Map<Resource, Answer>();
    for (const resource of kinds(route)) {
      const mine = fresh === true && thing !== undefined && resource === "own" ? await thing(world.own) : own;
      const params = { own: mine, foreign, absent: absentLike(own) }[resource];
      const answer = await ask(route, caller, params);
      answers.set(resource, answer);
      const outcome = outcomeOf(answer, after);
      const should = expected(route, world.principal(caller), resource);
      if (outcome !== should) wrong.push(`${route.name} | ${caller} | ${resource}: ${outcome}, not ${should}`);
    }
    const [there, nowhere] = [answers.get("foreign"), answers.get("absent")];
    if (there === undefined || nowhere === undefined) continue;
    const [seen, unseen] = [visible(there, foreign), visible(nowhere, absentLike(own))];
    if (seen !== unseen) wrong.push(`${route.name} | ${caller}: foreign and absent differ\n${seen}\n${unseen}`);
  }
  return wrong;
};

test("no list shows anything of another organization", async () => {
  const { foreign } = world;
  await foreign.task();
  const lists = routes.filter(({ method, row }) => method === "GET" && (row.thing ?? row.everywhere) === undefined);
  const shown: string[] = [];
  for (const route of lists) {
    const { text } = await ask(route, "owner", {});
    if (/org_beyond|agt_beyond|"beyond"/.test(text)) shown.push(`${route.name}: ${text.slice(0, 300)}`);
  }
  expect(shown).toEqual([]);
});

test("the document is current", async () => {
  await expect(renderMatrix(routes, world)).toMatchFileSnapshot("../../../../docs/reference/authorization-matrix.md");
});
