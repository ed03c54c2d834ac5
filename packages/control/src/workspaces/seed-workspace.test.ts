import { expect, it } from "vitest";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { seedWorkspace } from "./seed-workspace.ts";
import { StoredFiles } from "./stored-files.ts";

const ORG = "org_1";

it("a source's workspace folder fills in what never was there, and nothing else", async () => {
  const store = createInMemoryStore();
  const limits = { maxFileBytes: 100, quota: { files: 10, bytes: 1_000 } };
  const files = new StoredFiles({
    store: store.workspaces,
    blobs: new InMemoryBlobStore(),
    limits,
    now: () => new Date(),
  });
  const by = { id: "key_1" };
  await files.write(ORG, by, { path: "kept.csv", content: Buffer.from("mine") });
  await files.write(ORG, by, { path: "gone.csv", content: Buffer.from("mine") });
  await files.remove(ORG, by, "gone.csv");
  const source = ["kept.csv", "gone.csv", "data/new.csv", "bad\u202e.csv", "large.csv"].map((path) => ({
    path: `workspace/${path}`,
    bytes: Buffer.from(path === "large.csv" ? "x".repeat(101) : "seed"),
  }));
  const request = { orgId: ORG, by, files: [...source, { path: "src/agent.ts", bytes: Buffer.from("") }] };
  const told = await seedWorkspace(files, request);
  expect(told).toEqual([
    expect.stringContaining("was left out: it must not hold control"),
    "warning: workspace/large.csv was left out: A file may have at most 100 bytes.",
    "1 file of workspace/ put into the workspace",
  ]);
  const listed = await files.list(ORG, "", { limit: 10 });
  expect(listed.map(({ path, version }) => [path, version])).toEqual([
    ["data/new.csv", 1],
    ["kept.csv", 1],
  ]);
  expect(Buffer.from((await files.read(ORG, "kept.csv")).content).toString()).toBe("mine");
  expect((await seedWorkspace(files, request)).filter((line) => !line.startsWith("warning"))).toEqual([]);
  await store.close();
});
