import { describe, expect, it } from "vitest";
import { pathObjection } from "@berth/protocol";
import type { Artifact, Part } from "@berth/protocol";
import { isFile, toArtifactFiles } from "./artifact-files.ts";

const artifact = (name: string | undefined, ...parts: Part[]): Artifact => ({
  artifactId: "art_1",
  ...(name === undefined ? {} : { name }),
  parts,
});
const files = (...artifacts: Artifact[]): Record<string, string> =>
  Object.fromEntries(
    toArtifactFiles("task_1", artifacts).map(({ path, content }) => [
      path.replace("outputs/task_1/", ""),
      Buffer.from(content).toString(),
    ]),
  );

describe("files of artifacts", () => {
  it("hold the bytes, the text, the data or the address of each part", () => {
    expect(
      files(
        artifact("report.md", { text: "# Hi" }),
        artifact("image", { raw: Buffer.from("png").toString("base64"), mediaType: "image/png" }),
        artifact("result", { data: { total: 3 } }),
        artifact("source", { url: "https://example.com/x.zip" }),
        artifact(undefined, { text: "unnamed" }),
      ),
    ).toEqual({
      "report.md": "# Hi",
      "image.png": "png",
      "result.json": '{\n  "total": 3\n}\n',
      "source.url": "https://example.com/x.zip\n",
      "art_1.txt": "unnamed",
    });
  });

  it("are not made of what a skill has returned, which is the call's answer", () => {
    const result = { artifactId: "output", name: "output", parts: [{ data: { total: 3 } }] };
    expect(files(result, artifact("output", { text: "meant" }))).toEqual({ "output.txt": "meant" });
    expect(isFile({ ...result, parts: [{ text: "hi" }] })).toBe(false);
    expect(isFile({ ...result, parts: [{ raw: "AA==", mediaType: "image/png" }] })).toBe(true);
  });

  it("join text that was streamed, and keep parts with names of their own apart", () => {
    expect(
      files(artifact("log.txt", { text: "a" }, { text: "b" }, { text: "c", filename: "c.txt" }, { data: 1 })),
    ).toEqual({ "log.txt": "ab", "c.txt": "c", "log-3.txt": "1\n" });
  });

  it("never have one name, in whatever spelling", () => {
    const names = Object.keys(
      files(artifact("A.txt", { text: "1" }), artifact("a.txt", { text: "2" }), artifact("A-2.txt", { text: "3" })),
    );
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(3);
  });

  it("stay below the task's folder and in the grammar of paths, whatever an agent calls them", () => {
    const hostile = [
      "../../etc/passwd",
      "/abs",
      "..",
      ".",
      "",
      " ",
      "a\u0000b",
      "a\u202eb.txt",
      "CON",
      "con.txt",
      "nul",
      "a\\..\\b",
      "%2e%2e",
      "x".repeat(5_000),
      "é".normalize("NFD"),
      "\ud800",
      "ＣＯＮ",
      "a*?b",
      "日本語.md",
      "trailing. ",
      "c:evil",
      "．．",
    ];
    const made = toArtifactFiles(
      "task_1",
      hostile.flatMap((name) => [
        artifact(name, { text: "x" }),
        artifact("ok", { text: "x", filename: name }, { raw: "", mediaType: name }),
      ]),
    );
    expect(made).toHaveLength(hostile.length * 3);
    for (const { path } of made) {
      expect(pathObjection(path), path).toBeUndefined();
      expect(path).toMatch(/^outputs\/task_1\/[^/]+$/);
    }
    expect(new Set(made.map(({ path }) => path)).size).toBe(made.length);
    expect(made.map(({ path }) => path)).toContain("outputs/task_1/日本語.md");
  });

  it("are at most 200, and the same each time", () => {
    const many = Array.from({ length: 300 }, (_, i) => artifact("x", { text: String(i) }));
    expect(toArtifactFiles("t", many)).toHaveLength(200);
    expect(toArtifactFiles("t", many)).toEqual(toArtifactFiles("t", many));
  });
});
