import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OutboundError } from "@berth/runtime";
import type { SecretValue } from "@berth/runtime";
import type { DeploymentSource } from "@berth/store";
import { temporaryFolder } from "@berth/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createSourceFetcher } from "./create-source-fetcher.ts";

const root = temporaryFolder("berth-fetcher");
const COMMIT = "a".repeat(40);
let made = 0;
let asked: string[] = [];

afterAll(() => root[Symbol.dispose]());

type FetchedSource = Extract<DeploymentSource, { readonly kind: "git" | "push" }>;

async function fetchSource(
  source: FetchedSource,
  { secrets = {}, exempt = false }: { readonly secrets?: Record<string, SecretValue>; readonly exempt?: boolean } = {},
): Promise<{ readonly folder: string; readonly revision: unknown }> {
  asked = [];
  const folder = join(root.path, `source-${++made}`);
  const fetcher = createSourceFetcher({
    outbound: {
      isExempt: () => exempt,
      tunnel: async ({ url }) => {
        asked.push(url);
        throw new OutboundError("refused", "must not lead to a private address");
      },
    },
    secrets: { value: async (_owner, name) => secrets[name] },
    repositories: {
      read: async ({ orgId, name }, { commit }) => {
        asked.push(`${orgId} ${name} ${commit}`);
        return { files: [{ path: "a.txt", bytes: Buffer.from("pushed") }], bytes: 6 };
      },
    },
    programs: "",
  });
  const request = { orgId: "org_1", folder, log: () => undefined, signal: new AbortController().signal };
  try {
    return { folder, revision: await fetcher.fetch(source, request) };
  } catch (error) {
    expect(existsSync(folder)).toBe(false);
    throw error;
  }
}

describe("a source", () => {
  test("that was pushed is read from the organization's own repository", async () => {
    const source = { kind: "push", repository: "echo", ref: "refs/heads/main", commit: COMMIT } as const;
    const { folder, revision } = await fetchSource(source);
    expect(asked).toEqual([`org_1 echo ${COMMIT}`]);
    expect(revision).toEqual({ url: "push:echo", commit: COMMIT, ref: "refs/heads/main" });
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("pushed");
  });
});

describe("a repository elsewhere", () => {
  test("is not called at a private address, nor without encryption unless it is listed", async () => {
    const refused = fetchSource({ kind: "git", url: "https://internal.example/a" });
    await expect(refused).rejects.toThrow("https://internal.example:443 is not called: must not lead to a private");
    const ssh = fetchSource({ kind: "git", url: "git@internal.example:a/b" });
    await expect(ssh).rejects.toThrow("https://internal.example:22 is not called");
    await expect(fetchSource({ kind: "git", url: "http://forge.example/a" })).rejects.toThrow("is not encrypted");
    expect(asked).toEqual([]);
    await expect(fetchSource({ kind: "git", url: "http://forge.example/a" }, { exempt: true })).rejects.toThrow(
      "is not called",
    );
    await expect(fetchSource({ kind: "git", url: "file:///etc" })).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });

  test("gets a secret only when that is there and for its host", async () => {
    const source = { kind: "git", url: "https://forge.example/a", credential: "FORGE" } as const;
    await expect(fetchSource(source)).rejects.toThrow('no secret "FORGE"');
    const secrets = { FORGE: { value: "token", hosts: ["*.example.org", "forge.example:8443"] } };
    await expect(fetchSource(source, { secrets })).rejects.toThrow("The secret FORGE is not for forge.example");
    expect(asked).toEqual([]);
    const meant = { FORGE: { value: "token", hosts: ["forge.example"] } };
    await expect(fetchSource(source, { secrets: meant })).rejects.toThrow("is not called");
    const key = { ...source, url: "git@forge.example:a/b" };
    await expect(fetchSource(key, { secrets: meant })).rejects.toThrow("no ssh private key");
  });
});
