import { expect, test } from "vitest";
import { answerMainChecks, bundlePathOf, launcherSource } from "./launcher.ts";

test("the bundle lies where the entry lay", () => {
  expect(bundlePathOf("src/deep/agent.ts")).toBe("src/deep/agent.bundle.mjs");
  expect(bundlePathOf("agent.ts")).toBe("agent.bundle.mjs");
});

test("the entry's name is quoted, whatever it is", () => {
  expect(launcherSource('src/a".ts')).toContain('"./a\\".ts"');
});

test("the entry is the program that was started", () => {
  expect(answerMainChecks("if (require.main === module) go(); if (module==require.main) go();")).toBe(
    "if (true) go(); if (true) go();",
  );
  expect(answerMainChecks("import.meta.main && go(); x.require.mainly")).toBe("true && go(); x.require.mainly");
});
