import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { MANIFEST, codeOf, digestOf, openRegistryHouse } from "./registry.fixture.ts";
import type { RegistryHouse } from "./registry.fixture.ts";

const SYSTEM: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };

let registry: RegistryHouse;
beforeAll(async () => {
  registry = await openRegistryHouse();
  await registry.push("echo", "one", { reference: "v1" });
  await registry.push("other", "two", { reference: "v1" });
});
afterAll(async () => await registry[Symbol.asyncDispose]());

const basic = (user: string, key: string): string => `Basic ${Buffer.from(`${user}:${key}`).toString("base64")}`;
const as = async (method: string, path: string, authorization?: string): ReturnType<RegistryHouse["call"]> =>
  await registry.house.call(path, { method, ...(authorization === undefined ? {} : { headers: { authorization } }) });
const tokenFor = async (key: string, ...scopes: string[]): Promise<string> => {
  const query = new URLSearchParams([["service", "berth"], ...scopes.map((scope) => ["scope", scope])]);
  const { json } = await as("GET", `/v2/token?${query.toString()}`, basic("anybody", key));
  return `Bearer ${json.token}`;
};

describe("who one is", () => {
  test("without a credential the challenge says where a token is to be had, and for what", async () => {
    const origin = `http://127.0.0.1:${registry.house.port}`;
    const base = await as("GET", "/v2/");
    expect([base.status, codeOf(base)]).toEqual([401, "UNAUTHORIZED"]);
    expect(base.headers["www-authenticate"]).toBe(`Bearer realm="${origin}/v2/token",service="berth"`);
    expect(base.headers["docker-distribution-api-version"]).toBe("registry/2.0");
    const pull = await as("GET", "/v2/team/echo/manifests/v1");
    expect(pull.headers["www-authenticate"]).toBe(
      `Bearer realm="${origin}/v2/token",service="berth",scope="repository:team/echo:pull"`,
    );
    const push = await as("POST", "/v2/echo/blobs/uploads/");
    expect(push.headers["www-authenticate"]).toContain(`scope="repository:echo:push"`);
  });

  test("a key is taken as a bearer token, and as the password of any user or of its own", async () => {
    const id = (await registry.house.control.auth.authenticate(registry.pusher)).id;
    for (const shown of [
      `Bearer ${registry.pusher}`,
      basic("anybody", registry.pusher),
      basic(id, registry.pusher),
      basic("", registry.pusher),
    ]) {
      expect((await as("GET", "/v2/echo/manifests/v1", shown)).status, shown).toBe(200);
    }
  });

  test("a wrong key is refused at the registry and where tokens are given", async () => {
    const wrong = `${registry.pusher.slice(0, -1)}${registry.pusher.endsWith("0") ? "1" : "0"}`;
    for (const path of ["/v2/", "/v2/token", "/v2/echo/tags/list"]) {
      const answer = await as("GET", path, basic("anybody", wrong));
      expect([answer.status, codeOf(answer)], path).toEqual([401, "UNAUTHORIZED"]);
    }
    expect((await as("GET", "/v2/token")).status).toBe(401);
  });

  test("Basic is for the registry alone", async () => {
    expect((await as("GET", "/v1/whoami", basic("anybody", registry.pusher))).status).toBe(401);
  });
});

describe("a token", () => {
  test("is good for what it was asked for, and for nothing else", async () => {
    const token = await tokenFor(registry.pusher, "repository:echo:pull");
    expect((await as("GET", "/v2/", token)).status).toBe(200);
    expect((await as("GET", "/v2/echo/manifests/v1", token)).status).toBe(200);
    for (const [method, path, scope] of [
      ["GET", "/v2/other/manifests/v1", "repository:other:pull"],
      ["POST", "/v2/echo/blobs/uploads/", "repository:echo:push"],
    ] as const) {
      const answer = await as(method, path, token);
      expect([answer.status, codeOf(answer)]).toEqual([401, "UNAUTHORIZED"]);
      expect(answer.headers["www-authenticate"]).toContain(`scope="${scope}",error="insufficient_scope"`);
    }
    const pushing = await tokenFor(registry.pusher, "repository:echo:pull,push", "repository:other:pull");
    expect((await as("POST", "/v2/echo/blobs/uploads/", pushing)).status).toBe(202);
    expect((await as("GET", "/v2/other/manifests/v1", pushing)).status).toBe(200);
  });

  test("never gives more than the key has", async () => {
    const reader = await registry.house.key("read");
    const token = await tokenFor(reader, "repository:echo:pull,push,delete");
    expect((await as("GET", "/v2/echo/manifests/v1", token)).status).toBe(200);
    const answer = await as("POST", "/v2/echo/blobs/uploads/", token);
    expect([answer.status, codeOf(answer)]).toEqual([403, "DENIED"]);
  });

  test("ends with its key, and cannot be changed", async () => {
    const { secret, record } = await registry.house.control.auth.createKey(SYSTEM, {
      name: "short",
      scopes: ["deploy"],
    });
    const token = await tokenFor(secret, "repository:echo:pull");
    expect((await as("GET", "/v2/echo/manifests/v1", token)).status).toBe(200);
    const [head = "", payload = "", seal = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const forged = Buffer.from(JSON.stringify({ ...claims, principal: "key_other" })).toString("base64url");
    for (const bad of [`${head}.${forged}.${seal}`, `${head}.${payload}.`, `${head}.`, `${head}.${payload}.${seal}x`]) {
      expect((await as("GET", "/v2/", bad)).status, bad).toBe(401);
    }
    await registry.house.control.auth.revokeKey(SYSTEM, record.keyId);
    expect((await as("GET", "/v2/echo/manifests/v1", token)).status).toBe(401);
  });

  test("is of no use elsewhere", async () => {
    const token = await tokenFor(registry.admin, "repository:echo:pull");
    expect((await as("GET", "/v1/whoami", token)).status).toBe(401);
  });

  test("a mount needs a token that may read there as well", async () => {
    const { layerDigest } = await registry.push("other", "mounted");
    const path = `/v2/echo/blobs/uploads/?mount=${layerDigest}&from=other`;
    expect((await as("POST", path, await tokenFor(registry.pusher, "repository:echo:push"))).status).toBe(202);
    const both = await tokenFor(registry.pusher, "repository:echo:push", "repository:other:pull");
    expect((await as("POST", path, both)).status).toBe(201);
  });
});

describe("a key that is for some agents", () => {
  test("has their repositories only: others look as if they were not there", async () => {
    const { secret } = await registry.house.control.auth.createKey(SYSTEM, {
      name: "echo only",
      scopes: ["deploy"],
      agents: ["echo"],
    });
    const key = `Bearer ${secret}`;
    expect((await as("GET", "/v2/echo/manifests/v1", key)).status).toBe(200);
    const [foreign, absent] = [
      await as("GET", "/v2/other/tags/list", key),
      await as("GET", "/v2/nobody/tags/list", key),
    ];
    const plain = (answer: typeof foreign): unknown => [
      answer.status,
      answer.json.errors[0].code,
      answer.json.errors[0].message,
    ];
    expect(plain(foreign)).toEqual(plain(absent));
    expect(foreign.status).toBe(404);
    for (const repository of ["other", "nobody", "echo2"]) {
      const answer = await as("POST", `/v2/${repository}/blobs/uploads/`, key);
      expect([answer.status, codeOf(answer)], repository).toEqual([403, "DENIED"]);
    }
    expect((await as("GET", "/v2/_catalog", key)).json.repositories).toEqual(["echo"]);
    const { layerDigest } = await registry.push("other", "secret");
    for (const query of [`mount=${layerDigest}&from=other`, `mount=${layerDigest}`]) {
      expect((await as("POST", `/v2/echo/blobs/uploads/?${query}`, key)).status).toBe(202);
    }
  });
});

describe("bounds", () => {
  test("a blob that is too large is refused on the way, and nothing of it is kept", async () => {
    await using small = await openRegistryHouse({ imageLimits: { maxBlobBytes: 1_000 } });
    const bytes = Buffer.alloc(1_001);
    const answer = await small.call("POST", `/v2/echo/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
    expect([answer.status, codeOf(answer)]).toEqual([413, "SIZE_INVALID"]);
    expect((await small.call("GET", `/v2/echo/blobs/${digestOf(bytes)}`)).status).toBe(404);
  });

  test("so many uploads are open at a time", async () => {
    await using small = await openRegistryHouse({ imageLimits: { openUploads: 2 } });
    const begin = async (): ReturnType<typeof small.call> => await small.call("POST", "/v2/echo/blobs/uploads/");
    const [first] = [await begin(), await begin()];
    const refused = await begin();
    expect([refused.status, codeOf(refused)]).toEqual([429, "TOOMANYREQUESTS"]);
    await small.call("DELETE", first.headers.location ?? "");
    expect((await begin()).status).toBe(202);
  });

  test("an organization's images have a quota", async () => {
    await using small = await openRegistryHouse({ imageLimits: { quota: { bytes: 500, manifests: 1 } } });
    await small.push("echo", "one", { reference: "v1" });
    const bytes = Buffer.alloc(400);
    const tooLarge = await small.call("POST", `/v2/echo/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
    expect(tooLarge.status).toBe(413);
    const again = await small.call("GET", "/v2/echo/manifests/v1");
    const more = { body: `${again.text} `, headers: { "content-type": MANIFEST } };
    const answer = await small.call("PUT", "/v2/echo/manifests/v2", more);
    expect([answer.status, codeOf(answer)]).toEqual([403, "DENIED"]);
  });
});
