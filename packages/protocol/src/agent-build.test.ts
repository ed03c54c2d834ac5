import { expect, test } from "vitest";
import { parseAgentConfig } from "./parse-agent-config.ts";

const REFUSED = expect.objectContaining({ reason: "CONFIG_INVALID" });

test("build and image are read as they are written", () => {
  const build = {
    use: "dockerfile",
    command: "make",
    dockerfile: "deploy/Dockerfile",
    args: { VERSION: "1" },
    secrets: ["NPM_TOKEN"],
  };
  expect(parseAgentConfig({ build, image: "registry.example.com:5000/team/echo:1.0" })).toMatchObject({
    build,
    image: "registry.example.com:5000/team/echo:1.0",
  });
});

test.each(["echo", "my_app:1.0", "localhost:5000/team/echo", `a.b/c@sha256:${"0".repeat(64)}`])(
  "%s names an image",
  (image) => {
    expect(parseAgentConfig({ image }).image).toBe(image);
  },
);

test.each([
  { build: { use: "maven" } },
  { build: { command: " " } },
  { build: { dockerfile: "../Dockerfile" } },
  { build: { args: { "A-B": "1" } } },
  { build: { args: { A: 1 } } },
  { build: { secrets: ["../passwd"] } },
  { build: { engine: "docker" } },
  { build: "python" },
  { image: "https://registry.example.com/echo" },
  { image: "echo:1 --privileged" },
  { image: "../echo" },
  { image: "echo@sha256:12" },
])("%j is refused", (config) => {
  expect(() => parseAgentConfig(config)).toThrow(REFUSED);
});
