import { anyObject, described, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type ImageSchemaName =
  | "RepositoryList"
  | "RepositoryDetail"
  | "NewImagePull"
  | "NewImagePush"
  | "ImageTransferEvent"
  | "RegistryToken"
  | "TagList"
  | "RepositoryNames"
  | "ReferrerIndex"
  | "ImageManifest";

const credential = described("Name of one of the organization's secrets; `google`: the platform's own identity.", text);

/** Of the registry; manifests and indexes are the OCI image specification's. */
export const IMAGE_SCHEMAS: Readonly<Record<ImageSchemaName, JsonSchema>> = {
  RepositoryList: object({
    repositories: list(object({ repository: text, tags: integer, manifests: integer })),
    "next?": described("There are more behind it.", text),
  }),
  RepositoryDetail: object({
    repository: text,
    images: described(
      "Newest first, at most 100.",
      list(
        object({
          digest: text,
          mediaType: text,
          artifactType: nullable(text),
          subject: described("The manifest that it hangs on.", nullable(text)),
          bytes: described("Of the manifest and every blob that it names.", integer),
          tags: list(text),
          createdAt: instant,
          referrers: list(object({ digest: text, artifactType: nullable(text), size: integer })),
        }),
      ),
    ),
  }),
  NewImagePull: object({
    from: described("Such as registry.example:5000/team/echo:v1.", text),
    repository: described("Here; its first part is the agent's name.", text),
    "credential?": credential,
  }),
  NewImagePush: object({
    repository: text,
    reference: described("A tag, or sha256:… of the manifest.", text),
    to: described("Such as registry.example:5000/team/echo.", text),
    "tag?": text,
    "credential?": credential,
  }),
  ImageTransferEvent: anyObject,
  RegistryToken: object({ token: text, access_token: text, expires_in: integer, issued_at: instant }),
  TagList: object({ name: text, tags: list(text) }),
  RepositoryNames: object({ repositories: list(text) }),
  ReferrerIndex: object({ schemaVersion: integer, mediaType: text, manifests: list(anyObject) }),
  ImageManifest: anyObject,
};
