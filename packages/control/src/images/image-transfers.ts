import { isDigest } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { Principal, ReleaseImage } from "@berth/protocol";
import type { Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { manifestUnknown } from "./image-errors.ts";
import type { Images } from "./images.ts";
import { assertMayUse } from "./registry-credential.ts";
import { assertAccess } from "./repository-access.ts";

interface Transferring {
  readonly signal: AbortSignal;
  /** Told every line worth showing. */
  readonly log: (line: string) => void;
}

/** Images between the platform's registry and others. Both need `image.write`: a credential of the organization is used. */
export interface ImageTransfers {
  /** @throws IMAGE_NOT_FOUND, REGISTRY_FAILED, CONTENT_MISMATCH, RATE_LIMITED, CANCELED */
  pull(
    principal: Principal,
    request: { readonly reference: string; readonly repository: string; readonly credential?: string },
    options: Transferring,
  ): Promise<ReleaseImage>;
  /** Of the image that `reference`, a digest or a tag, names here. Gives its full name there. @throws as `pull` */
  push(
    principal: Principal,
    request: {
      readonly repository: string;
      readonly reference: string;
      readonly to: string;
      readonly tag?: string;
      readonly credential?: string;
    },
    options: Transferring,
  ): Promise<string>;
}

export interface ImageTransfersOptions {
  readonly store: Pick<Store, "images" | "audit">;
  readonly images: Pick<Images, "pull" | "push">;
  readonly now: () => Date;
}

/** At once, over all organizations; the disk and the line are shared. */
const MOST_AT_ONCE = 4;

export function createImageTransfers({ store, images, now }: ImageTransfersOptions): ImageTransfers {
  let running = 0;
  const counted = async <T>(
    { orgId, id }: Principal,
    act: { readonly action: string; readonly resource: string; readonly detail: { readonly [name: string]: string } },
    { log, work }: { readonly log: (line: string) => void; readonly work: () => Promise<T> },
  ): Promise<T> => {
    if (running >= MOST_AT_ONCE) {
      throw new PlatformError("RATE_LIMITED", `${running} images are on their way already, which is the most.`, {
        hint: "Try again when one of them has arrived.",
      });
    }
    running += 1;
    try {
      const entry = { orgId, at: now().toISOString(), actor: id, ...act, outcome: "ok" } as const;
      return await audited(store.audit, entry, async () => {
        log(`${act.action === "image.pull" ? "pulling" : "pushing"} ${act.resource}`);
        return await work();
      });
    } finally {
      running -= 1;
    }
  };
  return {
    async pull(principal, request, options) {
      const { orgId, repository } = assertAccess(principal, "image.write", request.repository);
      assertMayUse(principal, request.credential);
      const detail = { from: request.reference.slice(0, 500) };
      return await counted(
        principal,
        { action: "image.pull", resource: repository, detail },
        { log: options.log, work: async () => await images.pull(orgId, request, options) },
      );
    },
    async push(principal, request, options) {
      assertAccess(principal, "image.read", request.repository);
      const { orgId, repository } = assertAccess(principal, "image.write", request.repository);
      assertMayUse(principal, request.credential);
      const { reference, ...rest } = request;
      const found = await store.images.manifest(orgId, repository, reference);
      if (found === undefined) throw manifestUnknown();
      const detail = { to: request.to.slice(0, 500) };
      const tag = isDigest(reference) ? {} : { tag: reference };
      const resource = `${repository}@${found.digest}`;
      return await counted(
        principal,
        { action: "image.send", resource, detail },
        {
          log: options.log,
          work: async () => await images.push(orgId, { ...tag, ...rest, digest: found.digest }, options),
        },
      );
    },
  };
}
