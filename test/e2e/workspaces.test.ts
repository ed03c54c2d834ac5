import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const ANALYST = fileURLToPath(new URL("../../examples/csv-analyst", import.meta.url));

test("a deployment brings its files along, and what a run produced becomes a file although the platform was killed", async () => {
  using folder = temporaryFolder();
  const home = `${folder.path}/home`;
  await using first = await PlatformProcess.start({ home });
  const { port } = new URL(first.url);
  await deployFolder(first, ANALYST);
  const seeded = await first.fetch("/v1/workspace/files/sales.csv");
  expect([seeded.status, seeded.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  const own = await first.fetch("/v1/workspace/files/sales.csv", { method: "PUT", body: "mine\n" });
  expect(own.status).toBe(200);
  const response = await first.fetch("/agents/csv-analyst/invoke/summarize", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ csv: "name,price\na,1\nb,2.5\n" }),
  });
  // Our own server's answer.
  const { taskId } = (await response.json()) as { taskId: string };
  await first.kill();

  await using second = await PlatformProcess.start({ home, port: Number(port) });
  await deployFolder(second, ANALYST);
  expect(await (await second.fetch("/v1/workspace/files/sales.csv")).text()).toBe("mine\n");
  const report = await waitFor("the report", async () => {
    const file = await second.fetch(`/v1/workspace/files/outputs/${taskId}/report.md`);
    return file.status === 200 ? await file.text() : undefined;
  });
  expect(report).toContain("| total | 3.5 |");
  const { versions } = (await (await second.fetch(`/v1/workspace/history/outputs/${taskId}/report.md`)).json()) as {
    versions: readonly unknown[];
  };
  expect(versions).toHaveLength(1);
});
