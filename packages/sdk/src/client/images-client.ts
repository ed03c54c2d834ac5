import { PlatformError, REASONS } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";

export interface RepositoryInfo {
  readonly repository: string;
  readonly tags: number;
  readonly manifests: number;
}

export interface ImageInfo {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  /** The manifest that it hangs on. */
  readonly subject: string | null;
  /** Of the manifest and every blob that it names. */
  readonly bytes: number;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly referrers: readonly {
    readonly digest: string;
    readonly artifactType: string | null;
    readonly size: number;
  }[];
}

export interface RepositoryDetail {
  readonly repository: string;
  /** Newest first, at most 100. */
  readonly images: readonly ImageInfo[];
}

export interface PulledImage {
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: number;
}

type TransferOptions = CallOptions & {
  /** Told every line of how it goes. */
  readonly onLine?: (line: string) => void;
};

/** The platform's image registry. What is pushed by docker's and OCI's own tools is here as well. */
export interface ImagesClient {
  /** In lexical order. */
  list(
    page?: { readonly after?: string; readonly limit?: number },
    options?: CallOptions,
  ): Promise<{ readonly repositories: readonly RepositoryInfo[]; readonly next?: string }>;
  get(repository: string, options?: CallOptions): Promise<RepositoryDetail>;
  /** A tag, or an image by its digest with all its tags. Needs `admin`. */
  remove(repository: string, reference: string, options?: CallOptions): Promise<void>;
  /** From another registry. */
  pull(
    image: { readonly from: string; readonly repository: string; readonly credential?: string },
    options?: TransferOptions,
  ): Promise<PulledImage>;
  /** To another registry, with what hangs on it. Gives its name there, with its digest. */
  push(
    image: {
      readonly repository: string;
      readonly reference: string;
      readonly to: string;
      readonly tag?: string;
      readonly credential?: string;
    },
    options?: TransferOptions,
  ): Promise<string>;
}

/** A layer may take long, and says nothing meanwhile; the server's comments are what keeps the connection. */
const SILENCE_MS = 60_000;

export function createImagesClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Pick<Http, "events">,
): ImagesClient {
  const place = (repository: string): string =>
    `v1/images/${repository
      .split("/")
      .map((part) => encodeURIComponent(part))
      .join("/")}`;
  return {
    list: async (page = {}, options) =>
      await request({ method: "GET", path: "v1/images", query: { ...page } }, options),
    get: async (repository, options) => await request({ method: "GET", path: place(repository) }, options),
    remove: async (repository, reference, options) =>
      await request({ method: "DELETE", path: place(repository), query: { reference } }, options),
    pull: async (image, options) => await transfer(http, { path: "v1/image-pulls", json: image }, options),
    async push(image, options) {
      const done = await transfer<{ readonly image: string }>(http, { path: "v1/image-pushes", json: image }, options);
      return done.image;
    },
  };
}

async function transfer<T>(
  http: Pick<Http, "events">,
  call: { readonly path: string; readonly json: object },
  { onLine, ...options }: TransferOptions = {},
): Promise<T> {
  for await (const { event, data } of http.events({ method: "POST", ...call }, { timeoutMs: SILENCE_MS, ...options })) {
    // The platform's events are its documented contract, as its answers are.
    const content = JSON.parse(data) as { readonly text?: string; readonly reason?: string; readonly detail?: string };
    if (event === "log") onLine?.(content.text ?? "");
    else if (event === "done") return content as T;
    else if (event === "error") throw new PlatformError(reasonOf(content.reason), content.detail ?? "It failed.");
  }
  throw new PlatformError("REGISTRY_FAILED", "The platform ended before the image had arrived.");
}

function reasonOf(text = ""): Reason {
  // It is one of its keys.
  return Object.hasOwn(REASONS, text) ? (text as Reason) : "INTERNAL";
}
