import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const source = {
  id: "src_1",
  agent: "echo",
  kind: "github",
  url: "https://github.com/acme/agents.git",
  branch: "main",
  path: "agents/echo",
  autoDeploy: true,
  principalId: "key_1",
  webhookUrl: "http://p/v1/hooks/git/src_1",
  createdAt: "2026-11-29T10:00:00Z",
  updatedAt: "2026-11-29T10:00:00Z",
};
const PATH = "/v1/agents/echo/source";

describe("source", () => {
  test("connect shows where the forge sends its deliveries, and their secret once", async () => {
    const routes = { [`PUT ${PATH}`]: { json: { ...source, secret: "s3cret" } } };
    const argv = [
      "source",
      "connect",
      "echo",
      source.url,
      "--path",
      "agents/echo",
      "--credential",
      "FORGE",
      "--manual",
    ];
    const { io, requests } = await runAgainst(routes, argv);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      url: source.url,
      path: "agents/echo",
      credential: "FORGE",
      autoDeploy: false,
    });
    expect(io.out()).toBe("webhook  http://p/v1/hooks/git/src_1\nsecret   s3cret\n");
    const again = {
      [`PUT ${PATH}`]: { json: source },
      [`POST ${PATH}/rotate`]: { json: { ...source, secret: "new" } },
    };
    const kept = await runAgainst(again, ["source", "connect", "echo", source.url]);
    expect(kept.io.out()).toContain("secret   as before; --rotate makes a new one");
    const rotated = await runAgainst(again, ["source", "connect", "echo", source.url, "--rotate", "--json"]);
    expect(rotated.io.document()).toMatchObject({ secret: "new" });
    const wrong = await runAgainst(again, ["source", "connect", "echo", source.url, "--kind", "svn"]);
    expect([wrong.code, wrong.requests]).toEqual([2, []]);
  });

  test("show and disconnect", async () => {
    const routes = { [`GET ${PATH}`]: { json: source }, [`DELETE ${PATH}`]: { status: 204 } } as const;
    const shown = await runAgainst(routes, ["source", "show", "echo"]);
    expect(shown.io.out()).toMatch(/folder +agents\/echo\ncredential +none\ndeploys +each push/);
    expect((await runAgainst(routes, ["source", "show", "echo", "--json"])).io.document()).toEqual(source);
    const gone = await runAgainst(routes, ["source", "disconnect", "echo", "--yes", "--json"]);
    expect(gone.io.document()).toEqual({ agent: "echo", disconnected: true });
  });
});

describe("git-remote", () => {
  test("url says where to push", async () => {
    const { io } = await runAgainst({}, ["git-remote", "url", "echo", "--url", "http://berth.example:4100"]);
    expect(io.out()).toBe("http://berth.example:4100/git/echo.git\n");
  });

  test("git hears the key of the platform that it is for, and of no other host", async () => {
    const env = { BERTH_URL: "https://berth.example", BERTH_TOKEN: "berth_key" };
    const ask = async (input: string, operation = "get"): Promise<string> =>
      (await runAgainst({}, ["git-credential", operation], { env, input })).io.out();
    expect(await ask("protocol=https\nhost=berth.example\n\n")).toBe("username=a2a\npassword=berth_key\n");
    expect(await ask("protocol=https\nhost=evil.example\n\n")).toBe("");
    expect(await ask("protocol=http\nhost=berth.example\n\n")).toBe("");
    expect(await ask("protocol=ssh\nhost=berth.example\n\n")).toBe("");
    expect(await ask("garbage")).toBe("");
    expect(await ask("protocol=https\nhost=berth.example\npassword=x\n\n", "store")).toBe("");
  });
});
