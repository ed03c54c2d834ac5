import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { createFakeIo } from "../testing/fake-io.ts";
import type { FakeIo } from "../testing/fake-io.ts";
import { refusal, startFakePlatform } from "../testing/fake-platform.ts";
import type { FakePlatform, FakeRoutes } from "../testing/fake-platform.ts";

const ME = { kind: "user", id: "usr_1", orgId: "org_1", scopes: ["invoke"], name: "Ada" };

let home = "";
let platform: FakePlatform | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "berth-login-"));
});
afterEach(async () => {
  await platform?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

async function start(routes: (url: () => string) => FakeRoutes): Promise<string> {
  let url = "";
  platform = await startFakePlatform(routes(() => url));
  ({ url } = platform);
  return url;
}

async function run(url: string, ...argv: readonly string[]): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo({ env: { BERTH_URL: url }, userHome: home });
  return { code: await runCli(argv, io), io };
}

const file = (): string => join(home, ".config/berth/credentials.json");

async function keep(url: string, credential: object): Promise<void> {
  await mkdir(join(home, ".config/berth"), { recursive: true });
  await writeFile(file(), JSON.stringify({ [url]: credential, "https://other.example": { token: "other" } }));
}

function metadata(url: () => string, change: object = {}): FakeRoutes {
  const issuer = (): string => `${url()}/oauth`;
  return {
    "GET /.well-known/oauth-authorization-server/oauth": () => ({
      json: {
        issuer: issuer(),
        device_authorization_endpoint: `${issuer()}/device/auth`,
        token_endpoint: `${issuer()}/token`,
        revocation_endpoint: `${issuer()}/token/revocation`,
        ...change,
      },
    }),
    "POST /oauth/device/auth": () => ({
      json: {
        device_code: "d",
        user_code: "ABCD-EFGH",
        verification_uri_complete: `${issuer()}/device?user_code=ABCD-EFGH`,
        expires_in: 60,
        interval: 0.01,
      },
    }),
  };
}

test("login shows the code, waits until it is allowed, and keeps what it gets for the user's eyes", async () => {
  let asked = 0;
  const url = await start((at) => ({
    ...metadata(at),
    "POST /oauth/token": () => {
      asked += 1;
      if (asked < 3) return { status: 400, json: { error: "authorization_pending" } };
      return { json: { access_token: "a", refresh_token: "r", expires_in: 600 } };
    },
    "GET /v1/whoami": ({ token }) => ({ json: { ...ME, id: token } }),
  }));
  const { code, io } = await run(url, "login");
  expect([code, io.err()]).toEqual([0, expect.stringContaining("ABCD-EFGH")]);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect((await run(url, "whoami")).io.out()).toBe("Ada (a), user of org_1: invoke\n");
});

test("login says what the platform said when nobody allows it, and keeps nothing", async () => {
  const denied = {
    status: 400,
    json: { error: "access_denied", error_description: "The person has not allowed this." },
  };
  const url = await start((at) => ({ ...metadata(at), "POST /oauth/token": denied }));
  const { code, io } = await run(url, "login");
  expect([code, io.err()]).toEqual([3, expect.stringContaining("The person has not allowed this.")]);
  await expect(stat(file())).rejects.toThrow();
});

test("login sends no code to an address that is not the server's own", async () => {
  const url = await start((at) => metadata(at, { token_endpoint: "https://evil.example/token" }));
  const { code, io } = await run(url, "login");
  expect([code === 0, io.err()]).toEqual([false, expect.stringContaining("that is not its own")]);
});

test("a token that has ended is renewed once, and the rest of the file stays", async () => {
  const url = await start(() => ({
    "POST /oauth/token": { json: { access_token: "new", refresh_token: "r2", expires_in: 600 } },
    "GET /v1/whoami": ({ token }) => ({ json: { ...ME, id: token } }),
  }));
  const kept = {
    token: "old",
    refreshToken: "r1",
    expiresAt: new Date(0).toISOString(),
    tokenEndpoint: `${url}/oauth/token`,
  };
  await keep(url, kept);
  const all = await Promise.all([1, 2, 3].map(async () => await run(url, "whoami")));
  expect(all.map(({ io }) => io.out())).toEqual(Array(3).fill("Ada (new), user of org_1: invoke\n"));
  expect(platform?.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
  const file_ = JSON.parse(await readFile(file(), "utf8"));
  expect(file_).toMatchObject({ [url]: { refreshToken: "r2" }, "https://other.example": { token: "other" } });
});

test("whoever was signed out elsewhere hears it, and a platform that is down signs nobody out", async () => {
  let status = 503;
  const url = await start(() => ({ "POST /oauth/token": () => ({ status, json: { error: "invalid_grant" } }) }));
  const kept = {
    token: "old",
    refreshToken: "r1",
    expiresAt: new Date(0).toISOString(),
    tokenEndpoint: `${url}/oauth/token`,
  };
  await keep(url, kept);
  expect((await run(url, "whoami")).code).not.toBe(0);
  expect(await readFile(file(), "utf8")).toContain("r1");
  status = 400;
  const { code, io } = await run(url, "whoami");
  expect([code, io.err()]).toEqual([3, expect.stringContaining("a2a login")]);
  expect(await readFile(file(), "utf8")).not.toContain("r1");
});

test("logout forgets the token here first, and tells the platform", async () => {
  const url = await start(() => ({
    "POST /oauth/token/revocation": { json: {} },
    "GET /v1/whoami": refusal(401, "UNAUTHENTICATED", "This needs a credential."),
  }));
  await keep(url, { token: "a", refreshToken: "r1", revocationEndpoint: `${url}/oauth/token/revocation` });
  expect((await run(url, "logout")).io.out()).toContain("Signed out");
  expect(platform?.requests[0]?.body).toContain("token=r1");
  expect((await run(url, "logout")).io.out()).toContain("You were not signed in");
});
