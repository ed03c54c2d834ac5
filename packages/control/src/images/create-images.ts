import { PROVENANCE_TYPE, SBOM_TYPE, STATEMENT_TYPE } from "@berth/deploy";
import { attachDocument, digestOf, provenance, pullImage, pushImage, releaseImage, sbom } from "@berth/deploy";
import type { BuildFacts, BuiltRelease, Descriptor, ImagePlace } from "@berth/deploy";
import type { ReleaseImage } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { ReceiptKeys } from "../receipts/receipt-keys.ts";
import { imageError } from "./image-errors.ts";
import type { ImageLimits } from "./image-limits.ts";
import type { ImageShelf } from "./image-shelf.ts";
import type { ImageFacts, Images } from "./images.ts";
import { MACHINE_ORG, MachineImages } from "./machine-images.ts";
import { openRemote, parseRemoteImage } from "./remote-image.ts";
import type { RemoteImage, RemoteImages } from "./remote-image.ts";
import { RootfsFolders } from "./rootfs-folders.ts";
import { shelfPlace } from "./shelf-place.ts";
import { ENVELOPE_TYPE, signProvenance } from "./sign-provenance.ts";

export interface ImagesOptions extends RemoteImages {
  readonly store: Pick<Store, "images">;
  readonly shelf: ImageShelf;
  readonly limits: ImageLimits;
  readonly keys: Pick<ReceiptKeys, "controlPlane">;
  /** Where the files of an image are unpacked. */
  readonly rootfsFolder: (digest: string) => string;
  /** Goes into the images of releases that run on Node. */
  readonly nodePath: string;
  /** Shared with other homes of this user: machine bases that are compressed already. Default: none. */
  readonly baseCacheFolder?: string;
  /** Where the platform is reached, without a trailing slash. */
  readonly publicUrl: () => string;
  readonly version: string;
}

type Pulling = Parameters<Images["pull"]>[2];

export function createImages(options: ImagesOptions): Images {
  return new ShelvedImages(options);
}

class ShelvedImages implements Images {
  readonly #options: ImagesOptions;
  readonly #machine: MachineImages;
  readonly #rootfs: RootfsFolders;

  constructor(options: ImagesOptions) {
    this.#options = options;
    const placeOf = (repository: string): ImagePlace => this.place(MACHINE_ORG, repository);
    this.#machine = new MachineImages({ placeOf, nodePath: options.nodePath, cacheFolder: options.baseCacheFolder });
    this.#rootfs = new RootfsFolders(options.rootfsFolder);
  }

  place(orgId: string, repository: string): ImagePlace {
    return shelfPlace(this.#options.shelf, { orgId, repository });
  }

  prepare(): void {
    // Whoever needs it waits for it, and hears of what went wrong.
    this.#machine.base("node").catch(() => undefined);
  }

  bases(): ReturnType<Images["bases"]> {
    return {
      python: async () => (await this.#machine.base("python")).digest,
      static: async () => (await this.#machine.base("static")).digest,
    };
  }

  async keep(
    orgId: string,
    { built, folder }: { readonly built: BuiltRelease; readonly folder: string },
    facts: ImageFacts,
    { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<ReleaseImage> {
    const { agentName, releaseId, source } = facts;
    const place = this.place(orgId, agentName);
    const base = await this.#baseOf(orgId, built);
    const revision = source.digest ?? source.ref;
    const image = await releaseImage({
      release: built,
      folder,
      place,
      ...(base === undefined ? {} : { base }),
      agentName,
      // A folder that was sent is nowhere to be looked up, and may differ in what the release does not have.
      ...(source.kind === "archive"
        ? {}
        : { source: { uri: source.uri, ...(revision === undefined ? {} : { revision }) } }),
      tag: releaseId,
      signal,
    });
    const written = await place.manifest(image.digest);
    if (written === undefined) throw imageError("MANIFEST_UNKNOWN", "The image was removed while it was written.");
    log(`image ${agentName}@${image.digest}, ${Math.ceil(image.bytes / 1024)} KiB`);
    const subject = { mediaType: image.mediaType, digest: image.digest, size: written.bytes.length };
    if (built.facts !== undefined) await this.#attach(place, subject, { built, build: built.facts, facts });
    return image;
  }

  async rootfs(orgId: string, digest: string, signal?: AbortSignal): Promise<string> {
    const place = await this.#placeWith(orgId, digest);
    return await this.#rootfs.unpacked(place, digest, signal);
  }

  async pull(
    orgId: string,
    request: { readonly reference: string; readonly repository: string; readonly credential?: string },
    { signal, log }: Pulling,
  ): Promise<ReleaseImage> {
    const { limits } = this.#options;
    const image = parseRemoteImage(request.reference);
    const { digest, tag = "latest" } = image.reference;
    const from = await this.#open(orgId, image, { ...request, signal });
    const options = { signal, log, maxBytes: limits.quota.bytes, name: image.name };
    const pulled = await pullImage(from, this.place(orgId, request.repository), digest ?? tag, options);
    return { ...pulled, origin: image.name };
  }

  async push(
    orgId: string,
    request: {
      readonly repository: string;
      readonly digest: string;
      readonly to: string;
      readonly tag?: string;
      readonly credential?: string;
    },
    { signal, log }: Pulling,
  ): Promise<string> {
    const { repository, digest, tag, credential } = request;
    const { store } = this.#options;
    const to = parseRemoteImage(request.to);
    const known = credential === undefined ? {} : { credential };
    const remote = await openRemote(this.#options, orgId, to, { ...known, signal });
    const hanging = await store.images.referrers(orgId, repository, digest);
    const { host } = to.reference;
    await pushImage(this.place(orgId, repository), remote, digest, {
      signal,
      log,
      ...(tag === undefined ? {} : { tag }),
      referrers: hanging.map((referrer) => referrer.digest),
    });
    return `${host}/${to.reference.repository}@${digest}`;
  }

  /** The platform's own registry is not called: what the organization has there is here. */
  async #open(
    orgId: string,
    image: RemoteImage,
    asked: { readonly credential?: string; readonly signal: AbortSignal },
  ): Promise<ImagePlace> {
    const own = new URL(this.#options.publicUrl()).host;
    if (image.reference.host === own) return this.place(orgId, image.reference.repository);
    return await openRemote(this.#options, orgId, image, asked);
  }

  async #baseOf(
    orgId: string,
    { program, entry }: BuiltRelease,
  ): Promise<{ readonly place: ImagePlace; readonly digest: string; readonly name: string } | undefined> {
    if (program !== undefined) {
      return { place: await this.#placeWith(orgId, program.rootfs), digest: program.rootfs, name: "" };
    }
    return entry.endsWith(".wasm") ? undefined : await this.#machine.base("node");
  }

  /** @throws IMAGE_NOT_FOUND when neither the organization nor the platform itself has it */
  async #placeWith(orgId: string, digest: string): Promise<ImagePlace> {
    const { images } = this.#options.store;
    for (const owner of [orgId, MACHINE_ORG]) {
      const repository = await images.repositoryOf(owner, digest);
      if (repository !== undefined) return this.place(owner, repository);
    }
    throw imageError("MANIFEST_UNKNOWN", `There is no image ${digest.slice(0, 80)}.`);
  }

  async #attach(
    place: ImagePlace,
    subject: Descriptor,
    { built, build, facts }: { readonly built: BuiltRelease; readonly build: BuildFacts; readonly facts: ImageFacts },
  ): Promise<void> {
    const { keys, publicUrl, version } = this.#options;
    const { agentName, deploymentId, source, startedAt, finishedAt } = facts;
    const bom = sbom({ agentName, releaseDigest: built.digest, facts: build });
    const bytes = new TextEncoder().encode(JSON.stringify(bom));
    const statement = provenance({
      imageName: `${new URL(publicUrl()).host}/${agentName}`,
      imageDigest: subject.digest,
      agentName,
      releaseDigest: built.digest,
      sbomDigest: digestOf(bytes),
      builderId: publicUrl(),
      builderVersion: version,
      source,
      facts: build,
      invocationId: deploymentId,
      startedAt,
      finishedAt,
    });
    const signed = await signProvenance(statement, keys);
    await Promise.all([
      attachDocument(place, { subject, artifactType: SBOM_TYPE, bytes }),
      attachDocument(place, {
        subject,
        artifactType: STATEMENT_TYPE,
        mediaType: ENVELOPE_TYPE,
        bytes: signed,
        annotations: { "in-toto.io/predicate-type": PROVENANCE_TYPE },
      }),
    ]);
  }
}
