import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Every route of /v1, from the document the platform itself generates: without a credential and with a wrong one.

/** Routes that answer nobody on purpose. */
const PUBLIC = new Set([
  "GET /v1/version",
  "GET /v1/openapi.json",
  "GET /v1/agents",
  "GET /v1/agents/{name}",
  "GET /v1/whoami",
  "POST /v1/sessions",
  "DELETE /v1/sessions",
  // A browser without a session is sent to the sign-in form.
  "GET /v1/app-sessions/start",
  // Git forges sign what they send; who knows no secret learns nothing but that.
  "POST /v1/hooks/git/{id}",
]);

/** They look at no credential in a header. */
const NO_LOOK = new Set([
  "/v1/openapi.json",
  "/v1/version",
  "/v1/sessions",
  "/v1/app-sessions/start",
  "/v1/hooks/git/{id}",
]);

const folder = temporaryFolder();
let platform: PlatformProcess;
let routes: readonly { readonly method: string; readonly path: string }[] = [];

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  const document = (await (await fetch(`${platform.url}/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

const request = async (method: string, path: string, headers: Record<string, string>): Promise<Response> =>
  await fetch(platform.url + path.replaceAll(/\{[^}]+\}/g, "none"), {
    method,
    headers: { "content-type": path.includes("deployments") ? "application/gzip" : "application/json", ...headers },
    ...(method === "POST" ? { body: "{}" } : {}),
  });

describe("every route of the platform", () => {
  test("is in the document", () => {
    expect(routes.filter(({ path }) => path.startsWith("/v1/")).length).toBeGreaterThan(20);
  });

  test("refuses nobody with 401 and a way to sign in, unless it is public on purpose", async () => {
    const wrong: string[] = [];
    for (const { method, path } of routes.filter((route) => route.path.startsWith("/v1/"))) {
      const name = `${method} ${path}`;
      const response = await request(method, path, {});
      const body = await response.text();
      if (PUBLIC.has(name)) continue;
      if (response.status !== 401 || response.headers.get("www-authenticate") === null)
        wrong.push(`${name}: ${response.status} ${body}`);
    }
    expect(wrong).toEqual([]);
  });

  test("refuses a wrong key with 401, public or not", async () => {
    const wrong: string[] = [];
    const authorization = `Bearer berth_sk_${"0".repeat(10)}_${"0".repeat(38)}`;
    for (const { method, path } of routes.filter((route) => route.path.startsWith("/v1/"))) {
      if (NO_LOOK.has(path)) continue;
      const response = await request(method, path, { authorization });
      if (response.status !== 401) wrong.push(`${method} ${path}: ${response.status}`);
      await response.body?.cancel();
    }
    expect(wrong).toEqual([]);
  });

  test("answers errors as problem details with a reason", async () => {
    const response = await request("GET", "/v1/tasks/none", { authorization: `Bearer ${platform.token}` });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 404, reason: "TASK_NOT_FOUND" });
  });
});

test("a session cookie works from our own origin and is refused for writes from another one", async () => {
  const opened = await fetch(`${platform.url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: platform.url },
    body: JSON.stringify({ key: platform.token }),
  });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect(cookie).not.toBe("");
  const key = (origin: string): Promise<Response> =>
    fetch(`${platform.url}/v1/keys`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie, origin },
      body: JSON.stringify({ name: "x", scopes: ["read"] }),
    });
  expect((await key("https://evil.example")).status).toBe(403);
  expect((await key(platform.url)).status).toBe(201);
});

test("a request for another host name is refused: no page can reach us by rebinding its name", async () => {
  const { request: httpRequest } = await import("node:http");
  const status = await new Promise<number>((resolve, reject) => {
    httpRequest(`${platform.url}/v1/version`, { headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
  expect([403, 421]).toContain(status);
});
