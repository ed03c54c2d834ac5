import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";
import { readTargetAccess } from "./target-access.ts";

test("BERTH_GOOGLE_API is an address without a path, and may be private to targets", () => {
  const read = (text: string): unknown => readServerConfig({ BERTH_GOOGLE_API: text }, "/").targets;
  expect(read("")).toEqual({ hosts: [] });
  expect(read("http://127.0.0.1:8081")).toEqual({ googleEndpoint: "http://127.0.0.1:8081", hosts: ["127.0.0.1:8081"] });
  expect(read("https://google.internal/")).toMatchObject({ hosts: ["google.internal:443"] });
  for (const text of [
    "google.internal",
    "ftp://google.internal",
    "https://google.internal/v1",
    "https://a:b@c.example",
  ]) {
    expect(() => read(text)).toThrow("BERTH_GOOGLE_API: must be an address");
  }
});

test("in a pod, the cluster is what Kubernetes says, with the token of now", async () => {
  using folder = temporaryFolder("berth-service-account");
  writeFileSync(join(folder.path, "ca.crt"), "authority");
  writeFileSync(join(folder.path, "token"), "first\n");
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
  const { cluster, hosts } = readTargetAccess(env, [], folder.path);
  expect(hosts).toEqual(["[fd00::1]:6443"]);
  expect(await cluster?.()).toEqual({ server: "https://[fd00::1]:6443", ca: "authority", token: "first" });
  writeFileSync(join(folder.path, "token"), "second\n");
  expect(await cluster?.()).toMatchObject({ token: "second" });
});
