import { expect, test } from "vitest";
import type { CallOptions } from "../gateway.fixture.ts";
import { matrixRoutes, pathOf } from "./matrix.fixture.ts";
import { openWorld } from "./world.fixture.ts";

// Cards, documents, lists, health, logs, receipts, files: whoever reads wakes nobody. Every GET route is walked, so that
// one that is added later is held to it too.

test("no GET route starts an agent, whoever reads", { timeout: 60_000 }, async () => {
  await using world = await openWorld();
  const { connector } = world.house;
  const routes = matrixRoutes(world.house.gateway.routes).filter(({ method }) => method === "GET");
  expect(routes.length).toBeGreaterThan(50);
  let cards = 0;
  const { readCard } = connector;
  connector.readCard = async () => {
    cards += 1;
    return await readCard.call(connector);
  };
  const woke: string[] = [];
  for (const route of routes) {
    const { row } = route;
    // Making the thing may call an agent; reading it must not.
    const params = row.thing === undefined ? {} : await row.thing(world.own);
    for (const caller of ["owner", "viewer", "anonymous"] as const) {
      const before = connector.turns.length + connector.resumed.length + cards;
      const options: CallOptions = row.call?.({ ...row.fixed, ...params }) ?? {};
      const token = world.token(caller);
      await world.house.call(pathOf(route, params), {
        method: "GET",
        ...options,
        ...(token === undefined ? {} : { token }),
      });
      if (connector.turns.length + connector.resumed.length + cards > before) woke.push(`${route.name} | ${caller}`);
    }
  }
  expect(woke).toEqual([]);
  // Planted: a call is seen by the same count.
  await world.own.task();
  expect(connector.turns.length).toBeGreaterThan(0);
});
