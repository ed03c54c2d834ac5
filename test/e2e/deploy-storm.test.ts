import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { releasesFolder } from "@berth/runtime";
import type { DeploymentInfo } from "@berth/sdk/client";
import { temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MortalPlatform, packVersion } from "./storm/deployment-storm.ts";

const LONG = process.env["TEST_LONG"] === "1";
const DEPLOYMENTS = LONG ? 100 : 12;
const KILLS = LONG ? 20 : 3;
const AGENTS = ["one", "two", "three"] as const;
const TIMEOUT_MS = LONG ? 1_200_000 : 90_000;
/** Where a deployment is when the platform dies: each in turn. */
const MOMENTS = ["building", "releasing", "healthy", "live"] as const;

const folder = temporaryFolder();
const platform = new MortalPlatform(join(folder.path, "home"));

beforeAll(async () => await platform.start());

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test("a deployment whose platform is killed while it builds, and again while it switches, ends live with all it said", async () => {
  const source = await packVersion(folder.path, "survivor", "v1");
  const { deploymentId } = await platform.ask(async (client) => await client.deployments.create({ source }));
  for (const step of ["build", "switch"]) {
    await waitFor(`the step ${step}`, async () => {
      const { steps } = await platform.ask(async (client) => await client.deployments.get(deploymentId));
      return steps.some(({ name }) => name === step);
    });
    await platform.killAndStart();
  }
  const ended = await platform.ended(deploymentId, 30_000);
  expect([ended.status, ended.error]).toEqual(["live", undefined]);
  expect(await answerOf("survivor")).toBe("v1");
  await expectWholeLog(ended);
  const releases = await platform.ask(async (client) => await client.agents.releases("survivor"));
  expect(releases.map(({ release }) => release)).toEqual([ended.release]);
}, 60_000);

test(
  `${DEPLOYMENTS} deployments at once, under whom the platform is killed ${KILLS} times, all come to an end and leave nothing half done`,
  async () => {
    const versions = new Map<string, string>();
    const accepted = Array.from({ length: DEPLOYMENTS }, async (_, n) => {
      const [agent, version] = [AGENTS[n % AGENTS.length] ?? "one", `v${n}`];
      const source = await packVersion(folder.path, agent, version);
      const key = { idempotencyKey: `storm-${n}` };
      const { deploymentId } = await platform.ask(async (client) => await client.deployments.create({ source }, key));
      versions.set(deploymentId, version);
      return deploymentId;
    });
    const killed = killAgainAndAgain();
    const ids = await Promise.all(accepted);
    await killed;
    const ended = await Promise.all(ids.map(async (id) => await platform.ended(id, TIMEOUT_MS)));
    expect(new Set(ids).size).toBe(DEPLOYMENTS);
    for (const deployment of ended) await expectEnd(deployment);
    expect(ended.filter(({ status }) => status === "live").length).toBeGreaterThan(DEPLOYMENTS / 2);
    for (const agent of AGENTS) await expectNewest(agent, ended, versions);
    await expectNothingLeft(ended);
  },
  TIMEOUT_MS,
);

/** Whatever is under way: each kill waits until there is something at its moment, or nothing is left to be killed. */
async function killAgainAndAgain(): Promise<void> {
  for (let n = 0; n < KILLS; n++) {
    const moment =
      MOMENTS[(n + (LONG ? Math.floor(Math.random() * MOMENTS.length) : 0)) % MOMENTS.length] ?? "building";
    await waitFor(
      `a deployment that is ${moment}`,
      async () => {
        const all = await platform.ask(async (client) => await client.deployments.list({ limit: 100 }));
        const open = all.filter(({ status }) => !["live", "failed", "canceled"].includes(status));
        return all.some(({ status }) => status === moment) || (all.length >= DEPLOYMENTS && open.length === 0);
      },
      TIMEOUT_MS,
    );
    await platform.killAndStart();
  }
}

async function expectEnd(deployment: DeploymentInfo): Promise<void> {
  const { status, error, deploymentId } = deployment;
  expect(["live", "failed"], `${deploymentId} ${JSON.stringify(error)}`).toContain(status);
  if (status === "failed") expect(error?.reason, JSON.stringify(error)).toBe("PLATFORM_RESTARTED");
  await expectWholeLog(deployment);
}

/** Every line once, in order, from the beginning; and the stream of an ended deployment tells the same. */
async function expectWholeLog({ deploymentId, status }: DeploymentInfo): Promise<void> {
  const lines = await platform.lines(deploymentId);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, n) => n + 1));
  // Whoever dies before this line is kept has told nobody that it was accepted.
  expect(lines.filter(({ text }) => text === "accepted").length).toBeLessThanOrEqual(1);
  if (status === "live") expect(lines.some(({ text }) => text.startsWith("bundled"))).toBe(true);
  const told = await platform.ask(async (client) => {
    const seen: number[] = [];
    for await (const update of client.deployments.follow(deploymentId)) {
      if (update.kind === "log") seen.push(update.line.seq);
    }
    return seen;
  });
  expect(told).toEqual(lines.map(({ seq }) => seq));
}

/** The release that switched last has the traffic, and is what answers. */
async function expectNewest(
  agent: string,
  ended: readonly DeploymentInfo[],
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  const own = ended.filter((each) => each.agent === agent && each.status === "live");
  const newest = own.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))[0];
  const known = await platform.ask(async (client) => await client.agents.get(agent));
  expect(known.release).toBe(newest?.release);
  expect(await answerOf(agent)).toBe(versions.get(newest?.deploymentId ?? ""));
  const releases = await platform.ask(async (client) => await client.agents.releases(agent));
  expect(releases.map(({ release }) => release).toSorted()).toEqual(own.map(({ release }) => release).toSorted());
  await waitFor(`instances of ${agent} that are no orphans`, async () => {
    const { instances } = await platform.ask(async (client) => await client.agents.get(agent));
    return instances.every(({ release }) => release === newest?.release);
  });
}

/** What lies on disk belongs to a release, or to a deployment that failed and can be done again. */
async function expectNothingLeft(ended: readonly DeploymentInfo[]): Promise<void> {
  const digests = new Set<string>();
  for (const agent of [...AGENTS, "survivor"]) {
    const releases = await platform.ask(async (client) => await client.agents.releases(agent));
    for (const { digest } of releases) digests.add(digest.replace(/^sha256:/, ""));
  }
  const releases = releasesFolder(platform.home);
  const folders = (await readdir(releases)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  expect(folders.toSorted()).toEqual([...digests].toSorted());
  const failed = ended.filter(({ status }) => status === "failed").map(({ deploymentId }) => deploymentId);
  const work = (await readdir(join(releases, "..", "work"))).filter((name) => name.startsWith("dep_"));
  expect(failed).toEqual(expect.arrayContaining(work));
}

async function answerOf(agent: string): Promise<unknown> {
  return await platform.ask(async (client) => {
    const { output } = await client.agent(agent).invoke("version", {});
    return new Map(Object.entries(output ?? {})).get("version");
  });
}
