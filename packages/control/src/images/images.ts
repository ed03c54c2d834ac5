import type { BuiltRelease, ImagePlace } from "@berth/deploy";
import type { ReleaseImage } from "@berth/protocol";

/** What else a release's image has: who built what from which source. */
export interface ImageFacts {
  readonly agentName: string;
  readonly releaseId: string;
  readonly deploymentId: string;
  readonly source: { readonly kind: string; readonly uri: string; readonly digest?: string; readonly ref?: string };
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** The images of releases, in the platform's own registry. */
export interface Images {
  /** Reads and writes a repository of the organization, without looking at rights. */
  place(orgId: string, repository: string): ImagePlace;
  /**
   * The image of a release, made of its folder: the same release of the same agent and origin gives the same digest. SBOM
   * and provenance hang on it as referrers.
   */
  keep(
    orgId: string,
    release: { readonly built: BuiltRelease; readonly folder: string },
    facts: ImageFacts,
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<ReleaseImage>;
  /** Begins to make what images of JavaScript agents stand on, which takes seconds the first time. */
  prepare(): void;
  /** Images made of this machine's own files, once: what programs run on. Each gives a manifest's digest. */
  bases(): { python(): Promise<string>; static(): Promise<string> };
  /** The host folder with the files of an image, unpacked once. @throws IMAGE_NOT_FOUND */
  rootfs(orgId: string, digest: string, signal?: AbortSignal): Promise<string>;
  /** Into the organization's repository. Gives the manifest's digest, of an index: that of this machine's platform. */
  pull(
    orgId: string,
    request: { readonly reference: string; readonly repository: string; readonly credential?: string },
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<ReleaseImage>;
  /** With everything that hangs on it. Gives the full name with the digest. */
  push(
    orgId: string,
    request: {
      readonly repository: string;
      readonly digest: string;
      /** `registry.example:5000/team/echo`. */
      readonly to: string;
      readonly tag?: string;
      readonly credential?: string;
    },
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<string>;
}
