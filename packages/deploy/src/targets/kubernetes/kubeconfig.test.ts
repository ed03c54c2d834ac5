import { describe, expect, it } from "vitest";
import { parseKubeconfig } from "./kubeconfig.ts";

const CA = Buffer.from("-----BEGIN CERTIFICATE-----").toString("base64");

function kubeconfig(cluster: object, user: object): string {
  return JSON.stringify({
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  });
}

const CLUSTER = { server: "https://cluster.example:6443/", "certificate-authority-data": CA };

describe("a kubeconfig", () => {
  it("gives the server, its authority and the user's token or certificate", () => {
    expect(parseKubeconfig(kubeconfig(CLUSTER, { token: "t" }))).toEqual({
      server: "https://cluster.example:6443",
      ca: "-----BEGIN CERTIFICATE-----",
      token: "t",
    });
    const pem = Buffer.from("pem").toString("base64");
    const certified = parseKubeconfig(kubeconfig(CLUSTER, { "client-certificate-data": pem, "client-key-data": pem }));
    expect(certified).toMatchObject({ cert: "pem", key: "pem" });
  });

  it.each([
    ["{", /not YAML/],
    ["- a", /not a kubeconfig/],
    ["current-context: x", /contexts has no "x"/],
    [kubeconfig({ ...CLUSTER, "insecure-skip-tls-verify": true }, { token: "t" }), /does not check/],
    [kubeconfig({ server: "http://cluster" }, { token: "t" }), /no https/],
    [kubeconfig({ ...CLUSTER, "certificate-authority": "/etc/ca.pem" }, { token: "t" }), /file of another machine/],
    [kubeconfig(CLUSTER, { exec: { command: "sh" } }), /signs in by exec/],
    [kubeconfig(CLUSTER, { "client-certificate-data": CA }), /neither a token nor a certificate/],
    [`a: &a [1]\nb: [*a, *a]\n${"x".repeat(10)}`, /cannot be used/],
    ["x".repeat(300_000), /larger than 256 KiB/],
  ])("is refused with what to do instead: %.40s", (text, problem) => {
    expect(() => parseKubeconfig(text)).toThrow(problem);
  });
});
