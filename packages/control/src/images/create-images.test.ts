import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuiltRelease } from "@berth/deploy";
import { payloadOf, parseEnvelope, verifyEd25519, pae, IN_TOTO_PAYLOAD_TYPE } from "@berth/ledger";
import { DEFAULT_AGENT_CONFIG } from "@berth/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ORG, digestOf, openImageHouse, textOf } from "./images.fixture.ts";
import type { ImageHouse } from "./images.fixture.ts";

const options = { signal: new AbortController().signal, log: () => undefined };
const facts = {
  agentName: "echo",
  releaseId: "rel_1",
  deploymentId: "dep_1",
  source: { kind: "git", uri: "https://git.test/echo", digest: "a".repeat(40), ref: "main" },
  startedAt: "2026-11-29T10:00:00.000Z",
  finishedAt: "2026-11-29T10:00:05.000Z",
};

let house: ImageHouse;
let folder = "";
let built: BuiltRelease;
beforeEach(async () => {
  house = await openImageHouse();
  folder = join(house.folder, "release");
  mkdirSync(folder);
  writeFileSync(join(folder, "agent.mjs"), "export {};\n");
  built = {
    digest: digestOf(Buffer.from("release")),
    entry: "agent.mjs",
    config: DEFAULT_AGENT_CONFIG,
    bytes: 11,
    program: {
      command: ["/app/agent"],
      env: {},
      workdir: "/app",
      rootfs: await house.images.bases().static(),
      mountsApp: true,
    },
    facts: { buildpack: "go", tools: { go: "1.19" }, packages: [{ purl: "pkg:golang/example.test/x@v1" }] },
  };
});
afterEach(async () => await house[Symbol.asyncDispose]());

const keep = async (): ReturnType<typeof house.images.keep> =>
  await house.images.keep(ORG, { built, folder }, facts, options);

describe("the image of a release", () => {
  it("is in the agent's repository under the release's id, and the same release gives the same digest", async () => {
    const image = await keep();
    expect((await house.store.images.manifest(ORG, "echo", "rel_1"))?.digest).toBe(image.digest);
    expect(await keep()).toEqual(image);
    const place = house.images.place(ORG, "echo");
    const manifest = JSON.parse(Buffer.from((await place.manifest(image.digest))?.bytes ?? []).toString("utf8"));
    for (const { digest, size } of manifest.layers) expect(await place.size(digest)).toBe(size);
  });

  it("has its bill of materials and its provenance hanging on it, which the receipt key has signed", async () => {
    const { digest } = await keep();
    const referrers = await house.store.images.referrers(ORG, "echo", digest);
    const types = new Set(referrers.map(({ artifactType }) => artifactType));
    expect(types).toEqual(new Set(["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"]));
    const document = async (type: string): Promise<string> => {
      const found = referrers.find(({ artifactType }) => artifactType === type)?.digest ?? "";
      const place = house.images.place(ORG, "echo");
      const manifest = JSON.parse(Buffer.from((await place.manifest(found))?.bytes ?? []).toString("utf8"));
      return await textOf((await place.open(manifest.layers[0].digest))?.bytes ?? textless());
    };
    expect(JSON.parse(await document("application/vnd.cyclonedx+json"))).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [{ purl: "pkg:golang/example.test/x@v1" }],
    });
    const envelope = parseEnvelope(JSON.parse(await document("application/vnd.in-toto+json")));
    const payload = payloadOf(envelope);
    const signature = Buffer.from(envelope.signatures[0]?.sig ?? "", "base64");
    const { publicKey } = house.keys.controlPlane;
    const signed = pae(IN_TOTO_PAYLOAD_TYPE, payload);
    await expect(verifyEd25519(publicKey, signed, signature)).resolves.toBeUndefined();
    await expect(verifyEd25519(publicKey, payload, signature)).rejects.toThrow();
    expect(JSON.parse(Buffer.from(payload).toString("utf8"))).toMatchObject({
      subject: [{ name: "platform.test/echo", digest: { sha256: digest.slice("sha256:".length) } }],
      predicate: { buildDefinition: { buildType: "https://berth.dev/build/go/v1" } },
    });
  });

  it("of a base that nobody has is IMAGE_NOT_FOUND", async () => {
    const unknown = { ...built, program: { ...built.program, rootfs: `sha256:${"0".repeat(64)}` } } as BuiltRelease;
    const keeping = house.images.keep(ORG, { built: unknown, folder }, facts, options);
    await expect(keeping).rejects.toMatchObject({ reason: "IMAGE_NOT_FOUND" });
  });
});

describe("the files of an image", () => {
  it("are unpacked once, whoever asks and however many at a time, for all to walk through", async () => {
    const digest = await house.images.bases().static();
    const folders = await Promise.all([1, 2, 3].map(async () => await house.images.rootfs(ORG, digest)));
    const [rootfs = ""] = folders;
    expect(new Set(folders).size).toBe(1);
    expect(readFileSync(join(rootfs, "etc/passwd"), "utf8")).toContain("nonroot");
    expect(statSync(join(rootfs, "..")).mode & 0o777).toBe(0o711);
    expect(statSync(rootfs).mode & 0o005).toBe(0o005);
    expect(await house.images.rootfs(ORG, digest)).toBe(rootfs);
  });

  it("are nobody's who does not have the image, also when they are there already", async () => {
    await house.images.place(ORG, "echo").putManifest(await theirs());
    const { digest } = await keep();
    await house.images.rootfs(ORG, digest);
    const foreign = house.images.rootfs("org_other", digest);
    await expect(foreign).rejects.toMatchObject({ reason: "IMAGE_NOT_FOUND" });
  });

  it("are not waited for longer than the caller wants", async () => {
    const digest = await house.images.bases().static();
    const waiting = house.images.rootfs(ORG, digest, AbortSignal.abort());
    await expect(waiting).rejects.toMatchObject({ reason: "CANCELED" });
    await house.images.rootfs(ORG, digest);
  });
});

async function theirs(): Promise<{ mediaType: string; bytes: Uint8Array }> {
  const digest = await house.images.bases().static();
  const found = await house.images.place("machine", "static").manifest(digest);
  if (found === undefined) throw new Error("it was just made");
  const manifest = JSON.parse(Buffer.from(found.bytes).toString("utf8"));
  for (const each of [manifest.config, ...manifest.layers]) await house.images.place(ORG, "echo").size(each.digest);
  return found;
}

async function* textless(): AsyncGenerator<Uint8Array, void, undefined> {
  // Nothing.
}
