import { PlatformError } from "@berth/protocol";
import type { BlobContent, ImagePlace, ManifestBytes } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import type { Descriptor } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { MAX_MANIFEST_BYTES, parseManifest } from "../parse-manifest.ts";
import { readAll } from "../read-all.ts";
import { blobStream } from "./blob-stream.ts";
import { uploadBlob } from "./blob-upload.ts";
import { addFallbackReferrer, readReferrers } from "./referrers.ts";
import { registryError } from "./registry-errors.ts";
import type { RegistryConnection } from "./registry-connection.ts";
import { discard } from "./registry-http.ts";
import type { RegistryAnswer } from "./registry-http.ts";

const ACCEPT = [MediaType.Manifest, MediaType.Index, MediaType.DockerManifest, MediaType.DockerIndex].join(", ");
const MAX_TAGS = 10_000;
const MAX_TAGS_BYTES = 4 * 1024 * 1024;

/** A repository of a registry, through distribution-spec 1.1. @throws REGISTRY_FAILED, CANCELED in all its methods */
export class RegistryRepository implements ImagePlace {
  readonly name: string;
  readonly #connection: RegistryConnection;
  readonly #pull: readonly string[];
  readonly #push: readonly string[];

  constructor(connection: RegistryConnection, name: string) {
    this.#connection = connection;
    this.name = name;
    this.#pull = [`repository:${name}:pull`];
    this.#push = [`repository:${name}:pull,push`];
  }

  async manifest(reference: string): Promise<ManifestBytes | undefined> {
    const url = this.#url(`manifests/${reference}`);
    const answer = await this.#connection.send({ method: "GET", url, scopes: this.#pull, headers: { accept: ACCEPT } });
    if (answer.status === 404) return await nothing(answer);
    if (answer.status !== 200)
      throw await registryError(answer, this.#connection.host, `give ${this.name}:${reference}`);
    const bytes = await readAll(answer.body, MAX_MANIFEST_BYTES, "The registry's manifest");
    const expected = reference.startsWith("sha256:") ? reference : answer.headers["docker-content-digest"];
    if (expected?.startsWith("sha256:") === true && expected !== digestOf(bytes)) {
      throw new PlatformError(
        "CONTENT_MISMATCH",
        `What the registry gives for ${this.name} ${reference} has another digest.`,
      );
    }
    return { mediaType: (answer.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "", bytes };
  }

  async putManifest(manifest: ManifestBytes, tag?: string): Promise<string> {
    const digest = digestOf(manifest.bytes);
    const url = this.#url(`manifests/${tag ?? digest}`);
    const headers = { "content-type": manifest.mediaType, "content-length": String(manifest.bytes.length) };
    const answer = await this.#connection.send({
      method: "PUT",
      url,
      scopes: this.#push,
      headers,
      body: manifest.bytes,
    });
    if (answer.status !== 201)
      throw await registryError(answer, this.#connection.host, `take the manifest of ${this.name}`);
    await discard(answer);
    // A registry that keeps referrers itself says so (distribution-spec 1.1, "Pushing Manifests with Subject").
    if (answer.headers["oci-subject"] === undefined) await this.#addReferrer(manifest, digest);
    return digest;
  }

  async size(digest: string): Promise<number | undefined> {
    const answer = await this.#connection.send({
      method: "HEAD",
      url: this.#url(`blobs/${digest}`),
      scopes: this.#pull,
    });
    if (answer.status === 404) return await nothing(answer);
    if (answer.status !== 200) throw await registryError(answer, this.#connection.host, `look for ${digest}`);
    await discard(answer);
    return lengthOf(answer);
  }

  async open(digest: string): Promise<BlobContent | undefined> {
    const first = await this.#get(digest);
    if (first.status === 404) return await nothing(first);
    if (first.status !== 200) throw await registryError(first, this.#connection.host, `give ${digest}`);
    const size = lengthOf(first) ?? (await this.size(digest));
    if (size === undefined) {
      await discard(first);
      throw new PlatformError("REGISTRY_FAILED", `The registry ${this.#connection.host} gives ${digest} no size.`);
    }
    const pause = async (attempt: number): Promise<void> => await this.#connection.pause(attempt);
    const resume = async (from: number): Promise<RegistryAnswer> => await this.#get(digest, from);
    return { size, bytes: blobStream({ digest, size, first, resume, pause }) };
  }

  async write(
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly digest?: string; readonly maxBytes: number },
  ): Promise<{ readonly digest: string; readonly size: number }> {
    return await uploadBlob({
      connection: this.#connection,
      repository: this.name,
      scopes: this.#push,
      bytes,
      ...options,
    });
  }

  /** Bytes of another repository of the registry, without sending them. False when they have to be sent. */
  async mount(digest: string, from: string): Promise<boolean> {
    const scopes = [...this.#push, `repository:${from}:pull`];
    const url = this.#url(`blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`);
    const answer = await this.#connection.send({ method: "POST", url, scopes, headers: { "content-length": "0" } });
    await discard(answer);
    if (answer.status === 201) return true;
    // It began an upload instead, which nobody will end.
    const { location } = answer.headers;
    if (answer.status === 202 && location !== undefined) {
      const there = URL.parse(location, new URL(url, this.#connection.origin));
      if (there?.origin === this.#connection.origin) {
        await discard(await this.#connection.send({ method: "DELETE", url: there.href, scopes, attempts: 1 }));
      }
    }
    return false;
  }

  /** At most 10 000. @throws IMAGE_NOT_FOUND */
  async tags(): Promise<readonly string[]> {
    const tags: string[] = [];
    let next: string | undefined = this.#url("tags/list?n=1000");
    while (next !== undefined && tags.length < MAX_TAGS) {
      const answer: RegistryAnswer = await this.#connection.send({ method: "GET", url: next, scopes: this.#pull });
      if (answer.status !== 200)
        throw await registryError(answer, this.#connection.host, `list the tags of ${this.name}`);
      const page = tagsOf(await readAll(answer.body, MAX_TAGS_BYTES, "The registry's list of tags"));
      tags.push(...page);
      next = page.length === 0 ? undefined : nextPage(answer, new URL(next, this.#connection.origin));
    }
    return tags.slice(0, MAX_TAGS);
  }

  /** What hangs on a manifest, such as a bill of materials. */
  async referrers(digest: string): Promise<readonly Descriptor[]> {
    const url = this.#url(`referrers/${digest}`);
    const answer = await this.#connection.send({
      method: "GET",
      url,
      scopes: this.#pull,
      headers: { accept: MediaType.Index },
    });
    return await readReferrers(answer, digest, this);
  }

  async #addReferrer(manifest: ManifestBytes, digest: string): Promise<void> {
    const parsed = parseManifest(manifest);
    const { subject, annotations } = parsed.kind === "image" ? parsed.manifest : parsed.index;
    if (subject === undefined) return;
    const type =
      parsed.kind === "image" ? (parsed.manifest.artifactType ?? parsed.manifest.config.mediaType) : undefined;
    await addFallbackReferrer(this, subject.digest, {
      mediaType: manifest.mediaType,
      digest,
      size: manifest.bytes.length,
      ...(type === undefined ? {} : { artifactType: type }),
      ...(annotations === undefined ? {} : { annotations }),
    });
  }

  async #get(digest: string, from?: number): Promise<RegistryAnswer> {
    const headers = from === undefined ? {} : { range: `bytes=${from}-` };
    return await this.#connection.send({
      method: "GET",
      url: this.#url(`blobs/${digest}`),
      scopes: this.#pull,
      headers,
    });
  }

  #url(path: string): string {
    return `/v2/${this.name}/${path}`;
  }
}

async function nothing(answer: RegistryAnswer): Promise<undefined> {
  await discard(answer);
}

function lengthOf({ headers }: RegistryAnswer): number | undefined {
  const length = headers["content-length"];
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function tagsOf(bytes: Uint8Array): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PlatformError("REGISTRY_FAILED", "The registry's list of tags is not JSON.", {
      cause: error,
      retryable: false,
    });
  }
  const tags = typeof value === "object" && value !== null && "tags" in value ? value.tags : undefined;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

/** RFC 8288, as far as registries use it. */
function nextPage({ headers }: RegistryAnswer, here: URL): string | undefined {
  const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(headers["link"] ?? "")?.[1];
  const url = target === undefined ? null : URL.parse(target, here);
  return url !== null && url.origin === here.origin && url.href !== here.href ? url.href : undefined;
}
