import { expect, test } from "vitest";
import { detectBuildpack } from "./detect-buildpack.ts";
import type { DetectHints } from "./detect-buildpack.ts";

function detect(paths: readonly string[], hints: Partial<DetectHints> = {}): ReturnType<typeof detectBuildpack> {
  return detectBuildpack(new Set(paths), { config: {}, hasEngine: true, ...hints });
}

const CASES: readonly (readonly [string, readonly string[], DetectHints["config"], string])[] = [
  ["an image that berth.json names", ["Dockerfile", "main.py"], { image: "a/b:1" }, "image"],
  ["what berth.json says to use", ["Dockerfile", "agent.ts", "main.py"], { build: { use: "python" } }, "python"],
  [
    "a Dockerfile that berth.json names",
    ["a/Containerfile", "agent.ts"],
    { build: { dockerfile: "a/Containerfile" } },
    "dockerfile",
  ],
  ["the entry that berth.json names", ["Dockerfile", "agent.ts", "a.py"], { entry: "a.py" }, "python"],
  ["a Dockerfile", ["Dockerfile", "package.json", "agent.ts"], {}, "dockerfile"],
  ["a Containerfile", ["Containerfile"], {}, "dockerfile"],
  ["JavaScript before a module that it loads", ["agent.ts", "text.wasm"], {}, "node"],
  ["JavaScript before Python beside it", ["src/agent.ts", "requirements.txt"], {}, "node"],
  ["Python, though there is a package.json for tools", ["package.json", "main.py"], {}, "python"],
  ["a Python project", ["pyproject.toml"], {}, "python"],
  ["Go", ["go.mod", "main.go", "index.html"], {}, "go"],
  ["Rust, which is compiled", ["Cargo.toml", "old.wasm"], {}, "rust"],
  ["a module alone", ["agent-card.json", "text.wasm"], {}, "wasm"],
  ["pages alone", ["index.html", "a.css"], {}, "static"],
  ["a manifest without a file to start from", ["package.json", "index.html"], {}, "node"],
];

test.each(CASES)("%s decides", (_, paths, config, buildpack) => {
  expect(detect(paths, { config })).toMatchObject({
    buildpack,
    reason: expect.stringMatching(/^(there is|berth\.json|the image)/),
  });
});

test("without anything that builds images a Dockerfile beside other source is left, and that is said", () => {
  expect(detect(["Dockerfile", "main.py"], { hasEngine: false })).toMatchObject({
    buildpack: "python",
    warning: expect.stringContaining("buildah"),
  });
  expect(detect(["Dockerfile"], { hasEngine: false })).toMatchObject({ buildpack: "dockerfile" });
});

test("a folder with nothing to build is told all that was looked for", () => {
  expect(() => detect(["README.md"])).toThrow(
    expect.objectContaining({
      reason: "CONFIG_INVALID",
      hint: expect.stringMatching(/Dockerfile.*go\.mod.*index\.html/),
    }),
  );
});
