import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const issuer = {
  id: "iss_1",
  issuer: "https://accounts.google.com",
  audiences: [],
  jwksUri: null,
  algorithms: ["RS256"],
  bindings: [{ email: "ada@example.com", role: "invoker", agents: ["echo"] }],
  createdAt: "2026-11-29T10:00:00Z",
};

describe("issuers", () => {
  test("list shows who is bound to what, or says that there are none", async () => {
    const shown = await runAgainst({ "GET /v1/issuers": { json: { issuers: [issuer] } } }, ["issuers", "list"]);
    expect(shown.io.out()).toMatch(/iss_1 +https:\/\/accounts\.google\.com +ada@example\.com +invoker +echo/);
    const none = await runAgainst({ "GET /v1/issuers": { json: { issuers: [] } } }, ["issuers", "list"]);
    expect(none.io.out()).toBe("No issuers.\n");
  });

  test("add sends every binding; a subject may hold an equals sign", async () => {
    const args = [
      "--subject",
      "a=b=viewer",
      "--email",
      "ada@example.com=invoker",
      "--agent",
      "echo",
      "--jwks",
      "https://x/k",
      "--single-use",
    ];
    const { io, requests } = await runAgainst({ "POST /v1/issuers": { status: 201, json: issuer } }, [
      "issuers",
      "add",
      "https://x",
      ...args,
    ]);
    expect(io.out()).toBe("iss_1\n");
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      issuer: "https://x",
      jwksUri: "https://x/k",
      singleUse: true,
      bindings: [
        { subject: "a=b", role: "viewer", agents: ["echo"] },
        { email: "ada@example.com", role: "invoker", agents: ["echo"] },
      ],
    });
  });

  test.each([
    [[], "Nobody is bound"],
    [["--subject", "ada"], "names no role"],
    [["--subject", "ada=invokr"], "Did you mean invoker?"],
    [["--email", "=invoker"], "names no role"],
  ])("add %j is not sent", async (args, said) => {
    const { io, code } = await runAgainst({}, ["issuers", "add", "https://x", ...args]);
    expect(code).toBe(2);
    expect(io.err()).toContain(said);
  });

  test("remove asks first, unless told not to", async () => {
    const { io } = await runAgainst({ "DELETE /v1/issuers/iss_1": { text: "" } }, [
      "issuers",
      "remove",
      "iss_1",
      "--yes",
    ]);
    expect(io.out()).toBe("Removed iss_1.\n");
  });
});
