import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatImageReference, parseImageReference, registryHost } from "./image-reference.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;

test.each([
  ["alpine", { host: "docker.io", repository: "library/alpine", tag: "latest" }],
  ["team/echo", { host: "docker.io", repository: "team/echo", tag: "latest" }],
  ["index.docker.io/alpine:3", { host: "docker.io", repository: "library/alpine", tag: "3" }],
  ["localhost/echo", { host: "localhost", repository: "echo", tag: "latest" }],
  ["localhost:5000/a/b:v1", { host: "localhost:5000", repository: "a/b", tag: "v1" }],
  ["[::1]:5000/echo", { host: "[::1]:5000", repository: "echo", tag: "latest" }],
  [`ghcr.io/o/n@${DIGEST}`, { host: "ghcr.io", repository: "o/n", digest: DIGEST }],
  [`ghcr.io/o/n:v1@${DIGEST}`, { host: "ghcr.io", repository: "o/n", tag: "v1", digest: DIGEST }],
  ["europe-docker.pkg.dev/p/r/i:1.0", { host: "europe-docker.pkg.dev", repository: "p/r/i", tag: "1.0" }],
])("%s is read as docker reads it", (text, expected) => {
  expect(parseImageReference(text)).toEqual(expected);
});

test.each([
  "",
  ":",
  "/",
  "a//b",
  "team/Echo",
  "echo:",
  "echo@sha256:12",
  `echo@${DIGEST}@${DIGEST}`,
  "echo:a b",
  "../etc/passwd",
  "host:99999/a",
  "host:0/a",
  "https://host/a",
  "user@host/a",
  "host.example/a?x=1",
  "host.example/../v2",
  `a/${"b".repeat(300)}`,
  "echo:\u0000",
])("%j is refused", (text) => {
  expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ reason: "INVALID_PARAMS" }));
});

test("what is written is read back the same", () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
  const reference = fc.record({
    host: fc.oneof(
      fc.constantFrom("localhost:5000", "[::1]:80", "registry.example", "ghcr.io"),
      fc
        .tuple(part, fc.integer({ min: 1, max: 65_535 }))
        .map(([name, port]) => `x${name}.example:${port}`.replace(/_/g, "-")),
    ),
    repository: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
    tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}$/),
  });
  fc.assert(
    fc.property(reference, fc.boolean(), (reference, withDigest) => {
      const whole = { ...reference, ...(withDigest ? { digest: DIGEST } : {}) };
      expect(parseImageReference(formatImageReference(whole))).toEqual(whole);
    }),
  );
});

test("any text is read or refused, and what is read makes a path of its own", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webUrl()), (text) => {
      try {
        const { host, repository } = parseImageReference(text);
        const url = new URL(`https://${host}/v2/${repository}/manifests/x`);
        expect(url.pathname).toBe(`/v2/${repository}/manifests/x`);
      } catch (error) {
        expect(error).toMatchObject({ reason: "INVALID_PARAMS" });
      }
    }),
    { numRuns: 500 },
  );
});

test("the API of Docker Hub is at another host than its names say", () => {
  expect(registryHost(parseImageReference("alpine"))).toBe("registry-1.docker.io");
  expect(registryHost(parseImageReference("ghcr.io/a/b"))).toBe("ghcr.io");
});
