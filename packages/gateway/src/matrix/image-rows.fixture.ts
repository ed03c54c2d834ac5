import { createHash } from "node:crypto";
import { uniqueName } from "./world.fixture.ts";
import type { Org } from "./world.fixture.ts";
import type { Params, Rows } from "./row.fixture.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const octets = { "content-type": "application/octet-stream" };
const digestOf = (bytes: string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What an empty referrer has as its config. */
const CONFIG = digestOf("{}");
const manifestOf = (text: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: CONFIG, size: 2 },
    layers: [],
    annotations: { text },
  });

/** A repository with a blob that nothing names, and a tagged manifest. */
const image = async (org: Org): Promise<Params & { readonly name: string }> => {
  const name = uniqueName("image");
  const [free, manifest] = [`free of ${name}`, manifestOf(name)];
  for (const bytes of ["{}", free]) {
    await org.make(`/v2/${name}/blobs/uploads/?digest=${digestOf(bytes)}`, {
      method: "POST",
      body: bytes,
      headers: octets,
    });
  }
  const options = { method: "PUT", body: manifest, headers: { "content-type": MANIFEST } };
  await org.make(`/v2/${name}/manifests/v1`, options);
  return { name, reference: digestOf(manifest), digest: digestOf(free) };
};

const upload = async (org: Org): Promise<Params> => {
  const name = uniqueName("image");
  const { headers } = await org.make(`/v2/${name}/blobs/uploads/`, { method: "POST", headers: octets });
  return { name, upload: (headers.location ?? "").split("/").at(-1) ?? "" };
};

const named = async (org: Org): Promise<Params> => ({ name: (await image(org)).name });
const repository = async (org: Org): Promise<Params> => ({ repository: (await image(org)).name });
const everywhere = "every organization has repositories of its own; a name alone is nobody's";

/** Routes of the image registry. */
export const IMAGE_ROWS: Rows = {
  "GET /v1/images": {},
  "GET /v1/images/{repository...}": { thing: repository },
  "DELETE /v1/images/{repository...}": {
    thing: repository,
    fresh: true,
    query: "reference=v1",
    call: () => ({ method: "DELETE" }),
  },
  "POST /v1/image-pulls": { call: () => ({ body: { from: "registry.invalid/x", repository: "pulled" } }) },
  "POST /v1/image-pushes": {
    thing: image,
    call: ({ name, reference }) => ({ body: { repository: name, reference, to: "registry.invalid/x" } }),
  },
  "GET /v2/token": { access: "signed_in", why: "a token is good for no more than its key is" },
  "GET /v2/": { access: "signed_in", why: "it says only that there is a registry" },
  "GET /v2/_catalog": {},
  "GET /v2/{name...}/tags/list": { thing: named },
  "GET /v2/{name...}/referrers/{digest}": {
    fixed: { name: "any", digest: CONFIG },
    everywhere,
  },
  "GET /v2/{name...}/manifests/{reference}": {
    thing: async (org) => {
      const { name, reference = "" } = await image(org);
      return { name, reference };
    },
  },
  "PUT /v2/{name...}/manifests/{reference}": {
    fixed: { name: "written", reference: "v1" },
    call: () => ({ method: "PUT", body: manifestOf("x"), headers: { "content-type": MANIFEST } }),
    after: ["CONTENT_MISMATCH"],
  },
  "DELETE /v2/{name...}/manifests/{reference}": {
    thing: async (org) => {
      const { name, reference = "" } = await image(org);
      return { name, reference };
    },
    fresh: true,
    call: () => ({ method: "DELETE" }),
  },
  "POST /v2/{name...}/blobs/uploads/": {
    fixed: { name: "written" },
    query: `digest=${CONFIG}`,
    call: () => ({ method: "POST", body: "{}", headers: octets }),
  },
  "GET /v2/{name...}/blobs/uploads/{upload}": { thing: upload },
  "PATCH /v2/{name...}/blobs/uploads/{upload}": {
    thing: upload,
    call: () => ({ method: "PATCH", body: "x", headers: octets }),
  },
  "PUT /v2/{name...}/blobs/uploads/{upload}": {
    thing: upload,
    fresh: true,
    query: `digest=${digestOf("")}`,
    call: () => ({ method: "PUT", headers: octets }),
  },
  "DELETE /v2/{name...}/blobs/uploads/{upload}": { thing: upload, fresh: true, call: () => ({ method: "DELETE" }) },
  "GET /v2/{name...}/blobs/{digest}": {
    thing: async (org) => {
      const { name, digest = "" } = await image(org);
      return { name, digest };
    },
  },
  "DELETE /v2/{name...}/blobs/{digest}": {
    thing: async (org) => {
      const { name, digest = "" } = await image(org);
      return { name, digest };
    },
    fresh: true,
    call: () => ({ method: "DELETE" }),
  },
};
