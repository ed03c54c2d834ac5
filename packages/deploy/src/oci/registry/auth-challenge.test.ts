import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseChallenges } from "./auth-challenge.ts";

test("a registry's usual challenge is read", () => {
  const header =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"';
  expect(parseChallenges(header)).toEqual([
    {
      scheme: "bearer",
      parameters: {
        realm: "https://auth.docker.io/token",
        service: "registry.docker.io",
        scope: "repository:a/b:pull,push",
      },
    },
  ]);
});

test("several challenges in one header are kept apart", () => {
  const header = 'Basic realm="a, \\"b\\"", Bearer realm=https://x/token , Negotiate';
  expect(parseChallenges(header)).toEqual([
    { scheme: "basic", parameters: { realm: 'a, "b"' } },
    { scheme: "bearer", parameters: { realm: "https://x/token" } },
    { scheme: "negotiate", parameters: {} },
  ]);
});

test("no header, and any header, is read quickly without a throw", () => {
  expect(parseChallenges(undefined)).toEqual([]);
  expect(parseChallenges("x".repeat(10_000))).toEqual([]);
  fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void parseChallenges(text)));
  const start = performance.now();
  parseChallenges(`Bearer a="${"\\".repeat(8_000)}`);
  parseChallenges(`Bearer ${"a ".repeat(4_000)}`);
  expect(performance.now() - start).toBeLessThan(1_000);
});
