import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseBundle } from "@berth/ledger";
import { PlatformProcess, deployFolder, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const ANALYST = fileURLToPath(new URL("../../examples/csv-analyst", import.meta.url));

interface Run {
  readonly runId: string;
  readonly status: string;
  readonly score?: string;
  readonly cases: readonly { readonly score: string; readonly receiptId?: string }[];
}

async function read<T>(platform: PlatformProcess, path: string, init?: RequestInit): Promise<T> {
  // Our own server's answer.
  return (await (await platform.fetch(path, init)).json()) as T;
}

test("a deployed agent's suite is run case by case, and the scores stand in the receipts and in the registry", async () => {
  using folder = temporaryFolder();
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  const { release } = await deployFolder(platform, ANALYST);
  const runs = "/v1/agents/csv-analyst/evals/runs";
  const started = await read<Run>(platform, runs, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ suite: "basics" }),
  });
  const run = await waitFor("the run to end", async () => {
    const now = await read<Run>(platform, `${runs}/${started.runId}`);
    return now.status === "running" ? undefined : now;
  });
  expect(run).toMatchObject({ status: "passed", score: "1.000" });
  expect(run.cases.map(({ score }) => score)).toEqual(["1.000", "1.000"]);
  const [{ receiptId = "" } = {}] = run.cases;
  const addenda = await waitFor("the addendum's leaf", async () => {
    const text = await (await platform.fetch(`/v1/receipts/${receiptId}/bundle`)).text();
    const { addenda: found = [] } = parseBundle(text);
    return found.length === 0 ? undefined : found;
  });
  expect(addenda).toHaveLength(1);
  expect(await read(platform, "/v1/agents/csv-analyst")).toMatchObject({
    evals: { suite: "basics", score: "1.000", passed: true, release },
  });

  const broken = join(folder.path, "broken");
  await cp(ANALYST, broken, { recursive: true });
  await writeFile(join(broken, "evals", "basics.json"), '{"name":"basics","skill":"summarize","cases":[]}');
  const refused = await tryDeploy(platform, broken);
  expect(refused).toMatchObject({ status: "failed", error: { reason: "CONFIG_INVALID", step: "fetch" } });
  expect(refused.error?.message).toContain("evals/basics.json cases");
});
