import { describe, expect, test } from "vitest";
import { hostCookie, readHostCookie } from "./host-cookie.ts";

const HTTPS = { secure: true };
const HTTP = { secure: false };

describe("a cookie of one host", () => {
  test("is set for this host alone, by HTTPS under a name that no neighbour can set", () => {
    expect(hostCookie("a", { value: "x", maxAge: 5 }, HTTPS)).toBe(
      "__Host-a=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure",
    );
    expect(hostCookie("a", { value: "x", maxAge: 5 }, HTTP)).toBe("a=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=5");
  });

  test("is read under that name only", () => {
    expect(readHostCookie("b=1; __Host-a=good; a=planted", "a", HTTPS)).toBe("good");
    expect(readHostCookie("a=planted", "a", HTTPS)).toBeUndefined();
    expect(readHostCookie("a=good", "a", HTTP)).toBe("good");
  });

  test("is none when there are two of it, or it holds what we never set", () => {
    expect(readHostCookie("a=one; a=two", "a", HTTP)).toBeUndefined();
    for (const header of [undefined, "", "a=", "a=%20", "a=<x>", `a=${"x".repeat(300)}`]) {
      expect(readHostCookie(header, "a", HTTP), String(header)).toBeUndefined();
    }
  });
});
