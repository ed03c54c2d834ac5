import { PROVENANCE_TYPE, SBOM_TYPE, STATEMENT_TYPE, parseManifest, readBlob, readImage } from "@berth/deploy";
import type { ImagePlace } from "@berth/deploy";
import { LedgerError, controlPlaneKeysIn, verifyProvenance } from "@berth/ledger";
import { createNodeCrypto } from "@berth/ledger/node";
import { isPlatformError } from "@berth/protocol";
import type { ReleaseRecord, Store } from "@berth/store";
import type { Images } from "../images/images.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import type { Receipts } from "../receipts/receipts.ts";
import type { DistributedImage, DistributedProvenance } from "./distributions.ts";

/** Whoever may push can hang more on an image; of so many of a kind the right one is looked for. */
const MAX_CANDIDATES = 32;

export interface ReleaseDocumentsOptions {
  readonly store: Pick<Store, "images">;
  readonly images: Pick<Images, "place">;
  readonly receipts: Pick<Receipts, "keys">;
}

interface Address {
  readonly agentName: string;
  readonly release: ReleaseRecord;
  /** The deployment it came by, where that is known. */
  readonly deploymentId?: string;
}

export interface FoundDocuments {
  readonly image?: DistributedImage;
  readonly provenance?: DistributedProvenance & { readonly bytes: Uint8Array };
  readonly sbom?: { readonly bytes: Uint8Array; readonly digest: string; readonly isSigned: boolean };
}

/** Reads what hangs on the images of releases, and believes what the control plane has signed before anything else. */
export class ReleaseDocuments {
  readonly #options: ReleaseDocumentsOptions;
  readonly #crypto = createNodeCrypto();

  constructor(options: ReleaseDocumentsOptions) {
    this.#options = options;
  }

  /** Empty for a release that has no image: one that runs elsewhere, or is from before there were images. */
  async find(address: Address): Promise<FoundDocuments> {
    const { release, agentName } = address;
    if (release.image === undefined) return {};
    const place = this.#options.images.place(release.orgId, agentName);
    const provenance = await this.#provenance(place, address);
    const sbom = await this.#sbom(place, address, provenance?.verified?.sbom);
    return {
      image: await describeImage(place, address),
      ...(provenance === undefined ? {} : { provenance }),
      ...(sbom === undefined ? {} : { sbom }),
    };
  }

  async #provenance(place: ImagePlace, address: Address): Promise<FoundDocuments["provenance"]> {
    const { release, deploymentId } = address;
    const image = release.image?.digest;
    const keys = controlPlaneKeysIn(this.#options.receipts.keys(), this.#crypto);
    const found: NonNullable<FoundDocuments["provenance"]>[] = [];
    for (const bytes of await this.#attached(place, address, STATEMENT_TYPE)) {
      const digest = digestOf(bytes);
      try {
        const verified = await verifyProvenance(Buffer.from(bytes).toString("utf8"), {
          keys,
          release: release.digest,
          ...(image === undefined ? {} : { image }),
          crypto: this.#crypto,
        });
        found.push({ bytes, digest, verified });
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        found.push({ bytes, digest, problem: `${error.check}: ${error.message}` });
      }
    }
    const holds = found.filter(({ verified }) => verified !== undefined);
    return holds.find(({ verified }) => verified?.invocation === deploymentId) ?? holds.at(-1) ?? found[0];
  }

  async #sbom(place: ImagePlace, address: Address, signed: string | undefined): Promise<FoundDocuments["sbom"]> {
    const found = (await this.#attached(place, address, SBOM_TYPE)).map((bytes) => {
      const digest = digestOf(bytes);
      return { bytes, digest, isSigned: digest === signed };
    });
    return found.find(({ isSigned }) => isSigned) ?? found[0];
  }

  /** The oldest first: those are the platform's own. What is damaged or gone is left out. */
  async #attached(
    place: ImagePlace,
    { release, agentName }: Address,
    artifactType: string,
  ): Promise<readonly Uint8Array[]> {
    const { orgId, image } = release;
    if (image === undefined) return [];
    const hanging = await this.#options.store.images.referrers(orgId, agentName, image.digest);
    const fitting = hanging.filter(
      (each) =>
        each.artifactType === artifactType &&
        (artifactType !== STATEMENT_TYPE || each.annotations?.["in-toto.io/predicate-type"] === PROVENANCE_TYPE),
    );
    const documents: Uint8Array[] = [];
    for (const { digest } of fitting.slice(0, MAX_CANDIDATES)) {
      const bytes = await documentOf(place, digest).catch(ignoreDamage);
      if (bytes !== undefined) documents.push(bytes);
    }
    return documents;
  }
}

async function documentOf(place: ImagePlace, digest: string): Promise<Uint8Array | undefined> {
  const written = await place.manifest(digest);
  const parsed = written === undefined ? undefined : parseManifest(written);
  const [layer] = parsed?.kind === "image" ? parsed.manifest.layers : [];
  return layer === undefined ? undefined : await readBlob(place, layer);
}

async function describeImage(place: ImagePlace, { agentName, release }: Address): Promise<DistributedImage> {
  const { digest = "", mediaType = "", bytes = 0, origin } = release.image ?? {};
  const known = await readImage(place, digest).catch(ignoreDamage);
  const { os, architecture } = known?.config ?? {};
  const labels = known?.config?.config?.Labels ?? {};
  const base = labels["org.opencontainers.image.base.digest"];
  const name = labels["org.opencontainers.image.base.name"];
  const labelled = labels["dev.berth.release.digest"] ?? known?.manifest.annotations?.["dev.berth.release.digest"];
  return {
    reference: `${agentName}@${digest}`,
    digest,
    mediaType,
    bytes,
    layers: (known?.manifest.layers ?? []).map((layer) => ({
      digest: layer.digest,
      mediaType: layer.mediaType,
      size: layer.size,
    })),
    ...(base === undefined ? {} : { base: { digest: base, ...(name === undefined ? {} : { name }) } }),
    ...(os === undefined || architecture === undefined ? {} : { platform: `${os}/${architecture}` }),
    ...(origin === undefined ? {} : { origin }),
    ...(labelled === undefined ? {} : { release: labelled }),
  };
}

function ignoreDamage(error: unknown): undefined {
  if (isPlatformError(error) && (error.reason === "IMAGE_NOT_FOUND" || error.reason === "CONTENT_MISMATCH")) return;
  throw error;
}
