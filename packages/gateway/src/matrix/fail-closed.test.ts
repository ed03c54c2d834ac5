import { PlatformError, isAction } from "@berth/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { matrixRoutes, pathOf } from "./matrix.fixture.ts";
import { openWorld } from "./world.fixture.ts";
import type { World } from "./world.fixture.ts";

// Every route that changes something by right, called by an owner while the audit log cannot be written.

/** What ends before there is anything to write down, and why. These write nothing either. */
const EARLIER: Readonly<Record<string, string>> = {
  "POST /v1/agents/{name}/refresh": "it reads a card and changes nothing",
  "POST /v1/agents/import": "nothing is reachable from here, so there is no card to import",
  "POST /v1/agents/{name}/accept-card": "the agent runs here, so there is no card to accept",
  "POST /v1/ledger/checkpoints": "the row's body is no checkpoint",
  "POST /v1/ledger/witness/logs": "the row's key is none",
  "POST /v1/ledger/witness/logs/remove": "the row's log is not known",
  "POST /v1/ledger/witnesses": "the row's key is none",
  "POST /v1/ledger/witnesses/remove": "the row's key is not known",
  "POST /v1/memory/{name}/search": "it searches and changes nothing",
  "POST /otlp/v1/traces": "what arrives is no act of administration",
  "POST /otlp/v1/logs": "what arrives is no act of administration",
  "POST /otlp/v1/metrics": "what arrives is no act of administration",
  "POST /v1/telemetry/destinations/{name}/test": "it sends a sample and changes nothing",
  "POST /v1/targets/{name}/check": "it asks the target and changes nothing",
  "POST /git/{name}.git/git-upload-pack": "it fetches and changes nothing",
  "POST /git/{name}.git/git-receive-pack": "the row's body is no push",
  "POST /v2/{name...}/blobs/uploads/": "bytes are no image yet: its manifest is what is written down",
  "PATCH /v2/{name...}/blobs/uploads/{upload}": "as above",
  "PUT /v2/{name...}/blobs/uploads/{upload}": "as above",
  "DELETE /v2/{name...}/blobs/uploads/{upload}": "as above",
  "POST /v1/deployments/{id}/retry": "the deployment's source is not kept any more",
  "DELETE /v1/deployments/{id}": "the deployment has ended, so there is nothing to cancel",
};

const WRITES = /^(insert|addRelease|route|put|remove|revoke|set|save|upsert|publish|rename|update|settle|create)/;

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(async () => await world[Symbol.asyncDispose]());

/** Notes every write into the store from now on, and lets none into the audit log. */
function breakAudit(): { readonly written: string[]; readonly repair: () => void } {
  const written: string[] = [];
  const repairs: (() => void)[] = [];
  for (const [part, members] of Object.entries(world.house.store)) {
    if (typeof members !== "object" || members === null || part === "audit") continue;
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(members))) {
      if (!WRITES.test(name)) continue;
      const real: unknown = Reflect.get(members, name);
      if (typeof real !== "function") continue;
      const noted = (...args: unknown[]): unknown => {
        written.push(`${part}.${name}`);
        return Reflect.apply(real, members, args);
      };
      Reflect.set(members, name, noted);
      repairs.push(() => Reflect.deleteProperty(members, name));
    }
  }
  const refuse = async (): Promise<never> => {
    throw new PlatformError("STORE_UNAVAILABLE", "The disk is full.");
  };
  Reflect.set(world.house.store.audit, "append", refuse);
  repairs.push(() => Reflect.deleteProperty(world.house.store.audit, "append"));
  return { written, repair: () => repairs.forEach((repair) => repair()) };
}

test("an act that cannot be written down does not happen", { timeout: 60_000 }, async () => {
  const routes = matrixRoutes(world.house.gateway.routes).filter(
    ({ method, policy }) => method !== "GET" && isAction(policy),
  );
  expect(routes.length).toBeGreaterThan(25);
  const wrong: string[] = [];
  for (const route of routes) {
    const params = { ...route.row.fixed, ...(await route.row.thing?.(world.own)) };
    const { written, repair } = breakAudit();
    try {
      const answer = await world.house.call(pathOf(route, params), {
        method: route.method,
        ...route.row.call?.(params),
        token: world.token("owner") ?? "",
      });
      const reason = /"reason":"([A-Z_]+)"/.exec(answer.text)?.[1];
      const early = Object.hasOwn(EARLIER, route.name);
      if (early === (reason === "STORE_UNAVAILABLE")) wrong.push(`${route.name}: ${answer.status} ${String(reason)}`);
      if (written.length > 0) wrong.push(`${route.name}: wrote ${written.join(", ")}`);
    } finally {
      repair();
    }
  }
  expect(wrong).toEqual([]);
});
