import { isSameRepository, parseGitUrl } from "./git-url.ts";
import { assert, oneof, property, string, stringMatching, webUrl } from "fast-check";
import { describe, expect, test } from "vitest";

describe("the URL of a repository", () => {
  test.each([
    ["https://github.com/acme/agents.git", "https", "github.com", 443, undefined],
    ["https://GitHub.com:8443/a/b/", "https", "github.com", 8443, undefined],
    ["http://127.0.0.1:3000/a.git", "http", "127.0.0.1", 3000, undefined],
    ["ssh://git@gitlab.com/acme/echo.git", "ssh", "gitlab.com", 22, "git"],
    ["ssh://git@gitlab.com:2222/~me/echo", "ssh", "gitlab.com", 2222, "git"],
    ["git@github.com:acme/agents.git", "ssh", "github.com", 22, "git"],
    ["https://[2001:db8::1]:444/a", "https", "[2001:db8::1]", 444, undefined],
  ])("%s is read", (text, scheme, host, port, user) => {
    expect(parseGitUrl(text)).toMatchObject({ scheme, host, port, ...(user === undefined ? {} : { user }) });
  });

  test.each([
    ["a file", "file:///etc/passwd"],
    ["a path", "/srv/repository.git"],
    ["another protocol", "git://github.com/a/b"],
    ["a remote helper", "ext::sh -c touch% /tmp/owned"],
    ["a remote helper of another kind", "fd::17/foo"],
    ["an option as a host", "ssh://-oProxyCommand=touch/x"],
    ["an option as a user", "ssh://-oProxyCommand=x@host/a"],
    ["an option as a short host", "-oProxyCommand=x:a/b"],
    ["an option as a path", "ssh://git@host/-upload-pack=x"],
    ["a password", "https://me:secret@github.com/a/b"],
    ["a user name", "https://token@github.com/a/b"],
    ["a password of ssh", "ssh://git:x@github.com/a/b"],
    ["a query", "https://github.com/a?service=x"],
    ["a fragment", "https://github.com/a#b"],
    ["no path", "https://github.com/"],
    ["spaces", "https://github.com/a b"],
    ["quotes", "https://github.com/a'b"],
    ["a line break", "https://github.com/a\nb"],
    ["a substitution", "ssh://git@host/$(touch x)"],
    ["nothing", ""],
    ["too much", `https://github.com/${"a".repeat(1_100)}`],
  ])("%s is refused", (_what, text) => {
    expect(() => parseGitUrl(text)).toThrow(expect.objectContaining({ reason: "INVALID_PARAMS" }));
  });

  test("is one that git takes for nothing else, whatever was written", () => {
    assert(
      property(oneof(webUrl(), string({ unit: "binary" }), stringMatching(/^[a-z+-]{1,6}:[ -~]{0,30}$/)), (text) => {
        let parsed;
        try {
          parsed = parseGitUrl(text);
        } catch (error) {
          expect(error).toMatchObject({ reason: "INVALID_PARAMS" });
          return;
        }
        expect(parsed.text).toMatch(/^(?:https?|ssh):\/\/[^-\s'"`$;&|<>\\][^\s'"`$;&|<>\\]*$/);
        expect(parseGitUrl(parsed.text)).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  test("names the same repository in all its spellings", () => {
    const spellings = [
      "https://GitHub.com/Acme/Agents",
      "git@github.com:acme/agents.git",
      "https://github.com/acme/agents.git",
    ];
    for (const one of spellings) for (const other of spellings) expect(isSameRepository(one, other)).toBe(true);
    expect(isSameRepository("https://github.com/acme/agents", "https://github.com/acme/agents2")).toBe(false);
    expect(isSameRepository("https://github.com/acme/agents", "https://evil.example/acme/agents")).toBe(false);
  });
});
