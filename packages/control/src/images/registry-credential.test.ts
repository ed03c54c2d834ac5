import { describe, expect, it } from "vitest";
import { assertMayUse, registryCredential } from "./registry-credential.ts";
import { parseRemoteImage, openRemote } from "./remote-image.ts";

const auth = Buffer.from("user:pass:word").toString("base64");
const SECRETS: { readonly [name: string]: { readonly value: string; readonly hosts?: readonly string[] } } = {
  PLAIN: { value: "user:pass:word" },
  BOUND: { value: "user:secret", hosts: ["registry.test:5000"] },
  DOCKER: { value: JSON.stringify({ auths: { "registry.test:5000": { auth } } }) },
  HUB: { value: JSON.stringify({ auths: { "https://index.docker.io/v1/": { username: "u", password: "p" } } }) },
  ONE: { value: JSON.stringify({ username: "u", password: "p" }) },
  TOKEN: { value: "no-colon" },
  BROKEN: { value: "{" },
};
const asked: string[] = [];
const sources = {
  secrets: { value: async (_owner: object, name: string) => SECRETS[name] },
  google: {
    accessToken: async () => {
      asked.push("google");
      return "ya29.token";
    },
  },
};
const of = async (name: string, host = "registry.test:5000"): ReturnType<typeof registryCredential> =>
  await registryCredential(sources, "org_1", name, { host, port: Number(/:(\d+)$/.exec(host)?.[1] ?? 443) });

describe("a registry's credential", () => {
  it.each([
    ["PLAIN", "registry.test:5000", "user", "pass:word"],
    ["BOUND", "registry.test:5000", "user", "secret"],
    ["DOCKER", "registry.test:5000", "user", "pass:word"],
    ["HUB", "docker.io", "u", "p"],
    ["ONE", "registry.test:5000", "u", "p"],
  ])("%s for %s is %s", async (name, host, username, password) => {
    expect(await of(name, host)).toEqual({ username, password });
  });

  it.each([
    ["BOUND", "evil.test", "is not for evil.test"],
    ["BOUND", "registry.test", "is not for registry.test"],
    ["DOCKER", "evil.test", "holds no credential for evil.test"],
    ["TOKEN", "registry.test", "holds no credential"],
    ["BROKEN", "registry.test", "holds no credential"],
    ["NONE", "registry.test", "no secret"],
  ])("%s for %s is refused", async (name, host, message) => {
    await expect(of(name, host)).rejects.toMatchObject({ reason: "REGISTRY_FAILED", retryable: false });
    await expect(of(name, host)).rejects.toThrow(message);
  });

  it("of the platform itself is told to Google's registries and to nobody else", async () => {
    const known = await of("google", "europe-west1-docker.pkg.dev");
    expect(known.username).toBe("oauth2accesstoken");
    expect(typeof known.password === "function" ? await known.password() : "").toBe("ya29.token");
    for (const host of ["evil.test", "pkg.dev.evil.test", "evilpkg.dev", "gcr.io:8443", "registry.test:5000"]) {
      await expect(of("google", host), host).rejects.toThrow("Google's registries");
    }
    expect(asked).toEqual(["google"]);
  });
});

describe("an image elsewhere", () => {
  it.each([
    ["registry.test/team/echo:v1", "registry.test/team/echo:v1", false],
    ["https://registry.test/echo:v1", "registry.test/echo:v1", false],
    ["http://registry.test:5000/echo:v1", "registry.test:5000/echo:v1", true],
    ["localhost:5000/echo:v1", "localhost:5000/echo:v1", true],
    ["https://127.0.0.1:5000/echo:v1", "127.0.0.1:5000/echo:v1", false],
  ])("%s is %s", (text, name, isPlain) => {
    expect(parseRemoteImage(text)).toMatchObject({ name, isPlain });
  });

  it("is not spoken to without TLS, unless whoever runs the platform has listed it", async () => {
    const image = parseRemoteImage("http://registry.test:5000/echo");
    const exchange = async (): Promise<never> => {
      throw new Error("not called");
    };
    const signal = new AbortController().signal;
    const closed = openRemote({ ...sources, outbound: { exchange, isExempt: () => false } }, "org_1", image, {
      signal,
    });
    await expect(closed).rejects.toThrow("is not called without TLS");
    const isExempt = (host: string, port: number): boolean => host === "registry.test" && port === 5000;
    expect((await openRemote({ ...sources, outbound: { exchange, isExempt } }, "org_1", image, { signal })).name).toBe(
      "echo",
    );
  });

  it("of the platform itself is named by administrators alone", () => {
    const deployer = { kind: "api_key", id: "key_1", orgId: "org_1", scopes: ["deploy"] } as const;
    expect(() => assertMayUse(deployer, "google")).toThrow(/target\.manage|admin/);
    expect(() => assertMayUse(deployer, "PLAIN")).not.toThrow();
    expect(() => assertMayUse({ ...deployer, scopes: ["admin"] }, "google")).not.toThrow();
  });
});
