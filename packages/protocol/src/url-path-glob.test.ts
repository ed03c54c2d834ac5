import { describe, expect, it, test } from "vitest";
import { matchesUrlPath, plainUrlPath, urlPathObjection } from "./url-path-glob.ts";

describe("a rule for paths of URLs", () => {
  it.each([
    ["/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/*", "/v1/models"],
    ["/v1/**", "/v1/models/7/files"],
    ["/**", "/anything"],
    ["/files/?.txt", "/files/a.txt"],
    ["/a b/*", "/a%20b/c"],
    ["/v1/", "/v1/"],
  ])("%s matches %s", (pattern, path) => {
    expect([urlPathObjection(pattern), matchesUrlPath(pattern, path)]).toEqual([undefined, true]);
  });

  it.each([
    ["/v1/*", "/v1/models/7"],
    ["/v1/*", "/v2/models"],
    ["/v1/**", "/v1"],
    ["/v1", "/v1/"],
    ["/V1", "/v1"],
  ])("%s does not match %s", (pattern, path) => {
    expect(matchesUrlPath(pattern, path)).toBe(false);
  });

  // Each of these means something else to some server than it says.
  it.each([
    "/public/..%2fadmin",
    "/public/%2e%2e/admin",
    "/public/..%5cadmin",
    "/public/%252e%252e/admin",
    "/public/..;/admin",
    "/public/..;x=1/admin",
    "/public//admin",
    "/public/%00",
    "/public/%c0%ae%c0%ae/admin",
    "/public/%zz",
    `/public/${"a".repeat(5_000)}`,
    "public/x",
  ])("/** does not match %s, which can be read in two ways", (path) => {
    expect([plainUrlPath(path), matchesUrlPath("/**", path)]).toEqual([undefined, false]);
  });

  it.each(["v1", "", "/a//b", "/../x", "/a%2fb", "/x?y#z", "/a**", "/**/**", `/${"a".repeat(300)}`])(
    "%s is no pattern",
    (pattern) => {
      expect(urlPathObjection(pattern)).toBeTypeOf("string");
    },
  );
});

test("a hostile path costs a rule of wildcards no more than milliseconds", () => {
  const pattern = `/${"*a".repeat(100)}b`;
  const from = performance.now();
  expect(matchesUrlPath(pattern, `/${"a".repeat(4_000)}`)).toBe(false);
  expect(performance.now() - from).toBeLessThan(500);
});
