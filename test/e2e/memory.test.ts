import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { QUESTIONS } from "../../examples/docs-rag/questions.ts";

/** Otherwise only those that have to be cited: each document costs time on a machine that does other things too. */
const LONG = process.env["TEST_LONG"] === "1";
const ASKED = LONG ? QUESTIONS : QUESTIONS.slice(0, 6);
const CITED: ReadonlySet<string> = new Set(ASKED.map(({ path }) => path));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a skill gave. */
async function invoke<T>(platform: PlatformProcess, skill: string, input: object): Promise<T> {
  return (await send<{ readonly output: T }>(platform, `/agents/docs-rag/invoke/${skill}`, input)).output;
}

interface Answer {
  readonly citations: readonly { readonly path: string; readonly quote: string }[];
}

async function send<T>(platform: PlatformProcess, path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const answer = await platform.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T; // our own server's answer
}

test("an agent answers from the repository's own documents, and still does after kill -9", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  let taskId = "";
  {
    await using platform = await PlatformProcess.start({ home });
    for (const path of readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith(".md") || !(LONG || CITED.has(`docs/${path}`))) continue;
      const body = readFileSync(join(ROOT, "docs", path));
      const put = await platform.fetch(`/v1/workspace/files/docs/${path}`, { method: "PUT", body });
      expect(put.status, path).toBe(200);
    }
    await deployFolder(platform, join(ROOT, "examples/docs-rag"));
    const indexed = await invoke<{ documents: number; sections: number }>(platform, "index", {});
    expect(indexed.documents).toBeGreaterThan(LONG ? 20 : 4);
    expect(await wrongAnswers(platform)).toEqual([]);

    const again = await invoke<{ sections: number; forgotten: number }>(platform, "index", {});
    expect(again).toMatchObject({ sections: indexed.sections, forgotten: 0 });
    const search = { query: "grants", scope: "agent", limit: 1 };
    const { hits } = await send<{ hits: { runId: string; eventSeq: number; id: string }[] }>(
      platform,
      "/v1/memory/docs-rag/search",
      search,
    );
    const [hit] = hits;
    taskId = hit?.runId ?? "";
    const after = (hit?.eventSeq ?? 1) - 1;
    const log = await platform.fetch(`/v1/tasks/${taskId}/events?after=${after}&limit=1`);
    expect(await log.json()).toMatchObject({
      events: [{ seq: hit?.eventSeq, body: { kind: "memory", op: "save", outcome: "ok", itemId: hit?.id } }],
    });
    await platform.kill();
  }
  await using platform = await PlatformProcess.start({ home });
  expect(await wrongAnswers(platform)).toEqual([]);
});

async function wrongAnswers(platform: PlatformProcess): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { question, path } of ASKED) {
    const { citations } = await invoke<Answer>(platform, "ask", { question });
    const cited = citations.map((each) => each.path);
    if (!cited.includes(path)) wrong.push(`${question} ${path} is not among ${cited.join(", ")}`);
  }
  return wrong;
}
