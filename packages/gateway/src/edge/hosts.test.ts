import { describe, expect, test } from "vitest";
import { Hosts } from "./hosts.ts";
import { readPreviewName } from "./preview-name.ts";

const hosts = new Hosts({ domain: "berth.example.com", allowedHosts: ["10.0.0.7"] });

test("a release's own host is its agent's", () => {
  expect(readPreviewName("07r8s9t0v1w2x--echo")).toEqual({ name: "echo", release: "07r8s9t0v1w2x" });
  for (const name of ["echo", "my--echo", "--echo", "0"]) expect(readPreviewName(name)).toEqual({ name });
});

describe("a Host header", () => {
  test("of the platform is the platform", () => {
    for (const host of [
      "localhost:4100",
      "127.0.0.1",
      "[::1]:4100",
      "berth.example.com",
      "BERTH.example.com:443",
      "10.0.0.7:80",
      "localhost.",
    ]) {
      expect(hosts.resolve(host, "http:").agent, host).toBeUndefined();
    }
  });

  test("below the domain or localhost names an agent, with its own origin", () => {
    expect(hosts.resolve("csv.berth.example.com", "https:")).toEqual({
      origin: "https://csv.berth.example.com",
      agent: "csv",
    });
    expect(hosts.resolve("csv.localhost:4100", "http:")).toEqual({ origin: "http://csv.localhost:4100", agent: "csv" });
  });

  test("that is nobody's is refused", () => {
    for (const host of [
      undefined,
      "",
      "evil.example.com",
      "berth.example.com.evil.com",
      "localhost.evil.com",
      "evillocalhost",
      "127.0.0.1.evil.com",
      "127.0.0.2",
      "a b",
      "localhost:4100:1",
      "localhost/..",
      "user@localhost",
      "localhost\u0000",
      "[::1",
      ".localhost",
      "a..localhost",
    ]) {
      expect(() => hosts.resolve(host, "http:"), host).toThrowError(
        expect.objectContaining({ reason: "HOST_NOT_ALLOWED" }),
      );
    }
  });

  test("decides about origins in the same way", () => {
    expect(hosts.isOwnOrigin("http://localhost:3000")).toBe(true);
    expect(hosts.isOwnOrigin("https://csv.berth.example.com")).toBe(true);
    for (const origin of [
      "null",
      "https://evil.com",
      "https://localhost.evil.com",
      "file://",
      "https://evil.com#.localhost",
      "https://evil.com\\.localhost",
    ]) {
      expect(hosts.isOwnOrigin(origin), origin).toBe(false);
    }
  });
});
