import { deployFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";
import { KillingProxy } from "./killing-proxy.ts";
import { followWithKills } from "./live-kills.ts";

const LONG = process.env["TEST_LONG"] === "1";
const EVENTS = LONG ? 10_000 : 1_000;
const KILLS = LONG ? 50 : 10;
const DELAY_MS = LONG ? 4 : 8;

let view: ConsoleBrowser;
let proxy: KillingProxy;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  proxy = await KillingProxy.start(view.platform.url);
  await deployFolder(view.platform, example("echo"));
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

test(
  `a task of ${EVENTS} events whose live stream is cut ${KILLS} times: none is lost, none is doubled, the order is kept`,
  async () => {
    const { page, platform } = view;
    const fetch = async (path: string, init?: RequestInit): Promise<Response> => await platform.fetch(path, init);
    const { shown, stored, kills } = await followWithKills({
      page,
      proxy,
      fetch,
      events: EVENTS,
      kills: KILLS,
      delayMs: DELAY_MS,
    });
    expect(kills).toBeGreaterThanOrEqual(KILLS);
    expect(stored.length).toBeGreaterThan(EVENTS);
    expect(shown).toEqual(stored);
    // What is asked of the proxy is the console's own: everything else would be a problem.
    expect(view.problems.filter((each) => !each.startsWith(`request to ${proxy.url}/`))).toEqual([]);
  },
  LONG ? 600_000 : 120_000,
);
