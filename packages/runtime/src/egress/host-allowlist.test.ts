import { describe, expect, it } from "vitest";
import { HostAllowlist, parseAuthority } from "./host-allowlist.ts";

describe("an egress list", () => {
  const list = new HostAllowlist([
    "api.example.com",
    "db.example.com:5432",
    "*.models.test",
    "*.x.test:8443",
    "[2606:4700::1]:443",
  ]);
  const allows = (authority: string): boolean => {
    const target = parseAuthority(authority);
    return target !== undefined && list.allows(target);
  };

  it.each([
    "api.example.com:443",
    "API.Example.COM:443",
    "api.example.com.:443",
    "db.example.com:5432",
    "a.models.test:443",
    "a.b.models.test:443",
    "one.x.test:8443",
    "[2606:4700::1]:443",
  ])("allows %s", (authority) => {
    expect(allows(authority)).toBe(true);
  });

  it.each([
    ["another port", "api.example.com:80"],
    ["the default port where another is named", "db.example.com:443"],
    ["the wildcard's own name", "models.test:443"],
    ["a name that only ends alike", "evilmodels.test:443"],
    ["a name that only begins alike", "api.example.com.evil.test:443"],
    ["a user before the host", "api.example.com:443@evil.test:443"],
    ["no port", "api.example.com"],
    ["a path", "api.example.com:443/x"],
    ["an empty name", ":443"],
    ["port 0", "api.example.com:0"],
    ["a port too large", "api.example.com:65536"],
    ["a NUL", "api.example.com\0.models.test:443"],
    ["two dots", "api..models.test:443"],
  ])("refuses %s", (_what, authority) => {
    expect(allows(authority)).toBe(false);
  });

  it("allows nothing for an entry it cannot read", () => {
    const broken = new HostAllowlist(["*", "*.", "http://api.example.com", "a b", ""]);
    expect(broken.allows({ host: "api.example.com", port: 443 })).toBe(false);
  });
});
