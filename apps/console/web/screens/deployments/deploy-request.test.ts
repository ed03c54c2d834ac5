import { expect, test } from "vitest";
import { archiveParameters, deployCommand, deployDocument } from "./deploy-request.ts";

const choice = { name: "", target: "", isTrusted: false, traffic: { kind: "default" } } as const;

test("what was not chosen is not sent", () => {
  expect(Object.values(archiveParameters(choice)).filter((value) => value !== undefined)).toEqual([]);
  const source = { kind: "git", url: "https://forge.example/a.git" };
  expect(deployDocument(choice, source)).toEqual({ source, options: { trust: false } });
});

test("the command is what would do the same", () => {
  expect(deployCommand(choice, "archive", {})).toBe("npx a2a deploy FOLDER");
  const texts = { url: "https://forge.example/a.git", ref: "main", path: "agents/echo", credential: "GIT_TOKEN" };
  const chosen = { ...choice, name: "echo", target: "run", traffic: { kind: "canary", percent: 5 } } as const;
  expect(deployCommand(chosen, "git", texts)).toContain("https://forge.example/a.git#main:agents/echo");
  expect(deployCommand(chosen, "git", texts)).toMatch(/--credential GIT_TOKEN --name echo --target run --canary 5$/);
  expect(deployCommand(chosen, "image", { reference: "r.example/echo:1" })).toContain("--image r.example/echo:1");
});
