import { digestOf } from "../digest.ts";
import { readAll } from "../read-all.ts";
import type { RegistryAnswer, RegistryHttp, RegistryRequest } from "../registry/registry-http.ts";
import { MemoryPlace, pieces } from "./memory-place.ts";

export interface FakeRegistryOptions {
  /** How callers sign in. Default: they need not. */
  readonly auth?: "basic" | "bearer";
  readonly password?: string;
  /** Blobs are behind a redirect to another origin. */
  readonly storage?: string;
  /** Knows the referrers API. */
  readonly referrers?: boolean;
  /** Before everything else: an answer of its own, a throw, or nothing. */
  readonly before?: (request: RegistryRequest, count: number) => RegistryAnswer | undefined;
}

/** A registry in memory that behaves like one, and like a broken one where a test says so. Its host is `registry.test`. */
export class FakeRegistry implements RegistryHttp {
  readonly requests: RegistryRequest[] = [];
  readonly places: Map<string, MemoryPlace> = new Map();
  readonly tokens: Map<string, readonly string[]> = new Map();
  readonly #uploads = new Map<string, Uint8Array>();
  readonly #options: FakeRegistryOptions;

  constructor(options: FakeRegistryOptions = {}) {
    this.#options = options;
  }

  place(name: string): MemoryPlace {
    const place = this.places.get(name) ?? new MemoryPlace();
    this.places.set(name, place);
    return place;
  }

  /** Bytes that arrived of an upload that is not over. */
  keepOfUpload(id: string, bytes: Uint8Array): void {
    this.#uploads.set(id, Buffer.concat([this.#uploads.get(id) ?? new Uint8Array(), bytes]));
  }

  async request(request: RegistryRequest): Promise<RegistryAnswer> {
    const body = request.body === undefined ? undefined : await bodyOf(request.body);
    const seen = body === undefined ? request : { ...request, body };
    this.requests.push(seen);
    const own = this.#options.before?.(seen, this.requests.length);
    if (own !== undefined) return own;
    const url = new URL(request.url);
    if (url.pathname === "/token") return this.#token(seen, url);
    if (url.origin !== "https://registry.test") return await this.#stored(seen, url);
    return this.#refusal(seen, url) ?? (await this.#serve(seen, url, body ?? new Uint8Array()));
  }

  #token({ headers }: RegistryRequest, url: URL): RegistryAnswer {
    const { password } = this.#options;
    if (password !== undefined && headers["authorization"] !== `Basic ${btoa(`user:${password}`)}`)
      return answer(401, {}, "{}");
    const token = `token-${this.tokens.size}`;
    this.tokens.set(token, url.searchParams.getAll("scope"));
    return answer(200, {}, JSON.stringify({ token, expires_in: 300 }));
  }

  #refusal({ headers, method }: RegistryRequest, url: URL): RegistryAnswer | undefined {
    const { auth, password = "" } = this.#options;
    const given = headers["authorization"] ?? "";
    if (auth === undefined) return undefined;
    if (auth === "basic") {
      return given === `Basic ${btoa(`user:${password}`)}`
        ? undefined
        : answer(401, { "www-authenticate": 'Basic realm="test"' });
    }
    const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1] ?? "";
    const scope = `repository:${name}:${method === "GET" || method === "HEAD" ? "pull" : "pull,push"}`;
    const scopes = this.tokens.get(given.replace("Bearer ", "")) ?? [];
    if (scopes.includes(scope) || scopes.includes(`repository:${name}:pull,push`)) return undefined;
    return answer(401, {
      "www-authenticate": `Bearer realm="https://auth.test/token",service="test",scope="${scope}"`,
    });
  }

  async #stored({ headers }: RegistryRequest, url: URL): Promise<RegistryAnswer> {
    if (headers["authorization"] !== undefined) return answer(400, {}, "two ways to sign in");
    for (const place of this.places.values()) {
      const bytes = place.blobs.get(url.pathname.slice(1));
      if (bytes !== undefined) return ranged(bytes, headers["range"]);
    }
    return answer(404);
  }

  async #serve(request: RegistryRequest, url: URL, body: Uint8Array): Promise<RegistryAnswer> {
    const [, name = "", kind = "", rest = ""] =
      /^\/v2\/(.+?)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    const place = this.place(name);
    if (kind === "manifests") return await this.#manifest(request, place, rest, body);
    if (kind === "tags")
      return answer(
        200,
        {},
        JSON.stringify({ name, tags: [...place.tags.keys()].toSorted((a, b) => (a < b ? -1 : 1)) }),
      );
    if (kind === "referrers") return this.#referrers(place, rest);
    if (rest.startsWith("uploads/")) return await this.#upload(request, { place, name, id: rest.slice(8) }, url, body);
    const bytes = place.blobs.get(rest);
    if (bytes === undefined)
      return answer(404, {}, JSON.stringify({ errors: [{ code: "BLOB_UNKNOWN", message: "unknown" }] }));
    if (request.method === "HEAD") return answer(200, { "content-length": String(bytes.length) });
    const { storage } = this.#options;
    return storage === undefined
      ? ranged(bytes, request.headers["range"])
      : answer(307, { location: `${storage}/${rest}` });
  }

  async #manifest(
    { method, headers }: RegistryRequest,
    place: MemoryPlace,
    reference: string,
    bytes: Uint8Array,
  ): Promise<RegistryAnswer> {
    if (method === "PUT") {
      const mediaType = headers["content-type"] ?? "";
      const digest = await place.putManifest(
        { mediaType, bytes },
        reference.startsWith("sha256:") ? undefined : reference,
      );
      const { referrers } = this.#options;
      return answer(201, { "docker-content-digest": digest, ...(referrers === true ? { "oci-subject": "yes" } : {}) });
    }
    const found = await place.manifest(reference);
    if (found === undefined)
      return answer(404, {}, JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "unknown" }] }));
    return answer(
      200,
      { "content-type": found.mediaType, "docker-content-digest": digestOf(found.bytes) },
      found.bytes,
    );
  }

  #referrers(place: MemoryPlace, digest: string): RegistryAnswer {
    if (this.#options.referrers !== true) return answer(404);
    const manifests = [...place.manifests].flatMap(([own, { mediaType, bytes }]) => {
      const text = new TextDecoder().decode(bytes);
      return text.includes(`"subject":{`) && text.includes(digest)
        ? [{ mediaType, digest: own, size: bytes.length }]
        : [];
    });
    return answer(
      200,
      {},
      JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests }),
    );
  }

  async #upload(
    { method, headers }: RegistryRequest,
    { place, name, id }: { readonly place: MemoryPlace; readonly name: string; readonly id: string },
    url: URL,
    body: Uint8Array,
  ): Promise<RegistryAnswer> {
    if (method === "POST") return await this.#begin(place, name, url);
    const there = this.#uploads.get(id);
    if (there === undefined) return answer(404);
    const location = `/v2/${name}/blobs/uploads/${id}`;
    const range = (size: number): string => `0-${Math.max(size - 1, 0)}`;
    if (method === "GET") return answer(204, { location, range: range(there.length) });
    if (method === "DELETE") this.#uploads.delete(id);
    if (method === "DELETE") return answer(204);
    if (method === "PATCH" && headers["content-range"]?.startsWith(`${there.length}-`) !== true)
      return answer(416, { location });
    const all = Buffer.concat([there, body]);
    this.#uploads.set(id, all);
    if (method === "PATCH") return answer(202, { location, range: range(all.length) });
    if (url.searchParams.get("digest") !== digestOf(all)) {
      return answer(400, {}, JSON.stringify({ errors: [{ code: "DIGEST_INVALID", message: "not that" }] }));
    }
    this.#uploads.delete(id);
    await place.put(all);
    return answer(201);
  }

  async #begin(place: MemoryPlace, name: string, url: URL): Promise<RegistryAnswer> {
    const [mount, from] = [url.searchParams.get("mount"), url.searchParams.get("from")];
    const mounted = mount === null || from === null ? undefined : this.places.get(from)?.blobs.get(mount);
    if (mounted !== undefined) {
      await place.put(mounted);
      return answer(201);
    }
    const id = `upload-${this.requests.length}`;
    this.#uploads.set(id, new Uint8Array());
    return answer(202, { location: `/v2/${name}/blobs/uploads/${id}`, range: "0-0" });
  }

  get openUploads(): number {
    return this.#uploads.size;
  }
}

export function answer(
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = "",
): RegistryAnswer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { status, headers, body: pieces(bytes) };
}

function ranged(bytes: Uint8Array, range: string | undefined): RegistryAnswer {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const part = bytes.subarray(from);
  const headers = { "content-length": String(part.length) };
  if (range === undefined) return answer(200, headers, part);
  return answer(206, { ...headers, "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }, part);
}

async function bodyOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : await readAll(body, 1e9, "the body");
}
