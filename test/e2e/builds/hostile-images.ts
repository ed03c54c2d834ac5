import { createHash } from "node:crypto";
import type { World } from "./world.ts";

/** One entry of a tar, however odd: what a tar that was made by tar would never have. */
export interface OddEntry {
  readonly name: string;
  /** As of POSIX: 0 a file, 1 a hard link, 2 a symbolic link, 3 a device, 5 a folder. Default: a file. */
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly content?: string;
  /** Default: what the content has. */
  readonly claimedBytes?: number;
}

const BLOCK = 512;

function tar(entries: readonly OddEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, type = "0", mode = 0o755, link = "", content = "", claimedBytes }) => {
    const header = Buffer.alloc(BLOCK);
    const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
    header.write(name, 0);
    header.write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
    header.write(
      `${octal(claimedBytes ?? Buffer.byteLength(content), 11)}\0${octal(0, 11)}\0${" ".repeat(8)}${type}${link}`,
      124,
    );
    header.write("ustar\x0000", 257);
    header.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 329);
    header.write(
      `${octal(
        header.reduce((sum, byte) => sum + byte, 0),
        6,
      )}\0 `,
      148,
    );
    const body = Buffer.from(content);
    return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** Into the repository of `agent`: the image of its release with one layer more. */
export async function addLayer(
  world: World,
  agent: string,
  tag: string,
  entries: readonly OddEntry[],
): Promise<string> {
  const { image } = await world.digests(agent);
  const manifest = await world.json(`/v2/${agent}/manifests/${String(image)}`);
  // Of an image of ours.
  const { config, layers } = manifest as { readonly config: { readonly digest: string }; readonly layers: object[] };
  const old = await world.json(`/v2/${agent}/blobs/${config.digest}`);
  const layer = tar(entries);
  const { diff_ids: diffIds } = old["rootfs"] as { readonly diff_ids: readonly string[] }; // of an image's config
  const rootfs = { type: "layers", diff_ids: [...diffIds, digestOf(layer)] };
  const all = [...layers, await put(world, agent, "application/vnd.oci.image.layer.v1.tar", layer)];
  const changed = await put(world, agent, "application/vnd.oci.image.config.v1+json", asBytes({ ...old, rootfs }));
  const answer = await world.platform.fetch(`/v2/${agent}/manifests/${tag}`, {
    method: "PUT",
    headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
    body: JSON.stringify({ ...manifest, config: changed, layers: all }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return `${world.host}/${agent}:${tag}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function asBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function put(world: World, repository: string, mediaType: string, bytes: Buffer): Promise<object> {
  const digest = digestOf(bytes);
  const begun = await world.platform.fetch(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const location = begun.headers.get("location") ?? "";
  const to = `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
  const headers = { "content-type": "application/octet-stream" };
  const answer = await world.platform.fetch(to, { method: "PUT", headers, body: new Uint8Array(bytes) });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return { mediaType, digest, size: bytes.length };
}
