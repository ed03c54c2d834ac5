import { createHmac } from "node:crypto";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { deployFolder } from "@berth/testing";
import type { World } from "./world.ts";

/** Brings a source to the platform in some way and waits until it is live. */
type Way = (world: World, source: string, agent: string) => Promise<void>;

export type WayName = "folder" | "tarball" | "git URL" | "git push" | "signed webhook";

/** Each in a repository or folder of the agent's name: an agent comes by one way once. */
export const WAYS: Readonly<Record<WayName, Way>> = {
  folder: async (world, source, agent) => {
    await world.ok(["a2a", "deploy", source, "--name", agent]);
  },
  tarball: async ({ platform }, source, agent) => {
    await deployFolder(platform, source, { name: agent });
  },
  "git URL": async (world, source, agent) => {
    const repository = await commit(world, source, { agent, below: "agents/this" });
    await world.ok(["git", "branch", "release"], { cwd: repository });
    const url = `http://127.0.0.1:${world.git.port}/${agent}/.git#release:agents/this`;
    await world.ok(["a2a", "deploy", url, "--name", agent]);
  },
  "git push": async (world, source, agent) => {
    const repository = await commit(world, source, { agent });
    await world.ok(["a2a", "git-remote", "add", agent], { cwd: repository });
    const { code, said } = await world.run(["git", "push", "a2a", "main"], { cwd: repository });
    if (code !== 0 || !said.includes(`${agent} is live`)) throw new Error(`git push ended with ${code}: ${said}`);
  },
  "signed webhook": async (world, source, agent) => {
    const repository = await commit(world, source, { agent });
    const head = (await world.ok(["git", "rev-parse", "HEAD"], { cwd: repository })).trim();
    const url = `http://127.0.0.1:${world.git.port}/${agent}/.git`;
    const connected = await world.ok(["a2a", "source", "connect", agent, url, "--json"]);
    // As `a2a source connect --json` prints it.
    const { webhookUrl, secret } = JSON.parse(connected) as { readonly webhookUrl: string; readonly secret: string };
    const body = JSON.stringify({ ref: "refs/heads/main", after: head, repository: { clone_url: url } });
    const answer = await fetch(webhookUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": agent,
        "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      },
      body,
    });
    // As the API reference has it.
    const { deploymentId } = (await answer.json()) as { readonly deploymentId?: string };
    const { status, error, log } = await world.ended(deploymentId);
    if (status !== "live") throw new Error(`the webhook's deployment: ${JSON.stringify({ status, error, log })}`);
  },
};

/** A repository on `main` that the world's git serves. */
async function commit(
  world: World,
  source: string,
  { agent, below = "" }: { readonly agent: string; readonly below?: string },
): Promise<string> {
  const repository = join(world.gitFolder, agent);
  await cp(source, join(repository, below), { recursive: true });
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["commit", "-q", "-m", "first"],
  ]) {
    await world.ok(["git", ...args], { cwd: repository });
  }
  return repository;
}
