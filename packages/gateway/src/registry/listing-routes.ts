import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { pathTo, registryRoute } from "./registry-call.ts";
import type { RegistryParts } from "./registry-call.ts";

const MOST_NAMES = 999;
/** With the longest annotations they come to less than the 4 MiB that clients read. */
const REFERRERS_PER_PAGE = 100;
const INDEX = "application/vnd.oci.image.index.v1+json";

const PAGE = [
  { name: "n", description: "At most so many; more are behind the Link header.", type: "integer" },
  { name: "last", description: "Only names behind this one." },
] as const;

/** distribution-spec 1.1, "Listing Tags", "Listing Referrers"; docker's catalog. */
export function listingRoutes(parts: RegistryParts): readonly PlatformRoute[] {
  const { images } = parts.edge.control;
  return [
    registryRoute(parts, {
      method: "GET",
      path: "/v2/",
      policy: "key",
      actions: [],
      summary: "OCI: whether this is a registry, and whether the credential holds",
      handle: (exchange) => sendJson(exchange, {}),
    }),
    registryRoute(parts, {
      method: "GET",
      path: "/v2/_catalog",
      policy: "image.read",
      actions: [],
      summary: "docker: the repositories that the caller may read, in lexical order",
      query: PAGE,
      handle: async (exchange) => {
        await sendNames(exchange, "repositories", "/v2/_catalog", async (page) =>
          (await images.list(exchange.principal, page)).map(({ repository }) => repository),
        );
      },
    }),
    registryRoute(parts, {
      method: "GET",
      path: "/v2/{name...}/tags/list",
      policy: "image.read",
      actions: ["pull"],
      summary: "OCI: the tags of a repository, in lexical order",
      query: PAGE,
      handle: async (exchange) => {
        const name = exchange.param("name");
        await sendNames(
          exchange,
          "tags",
          pathTo(exchange, "tags/list"),
          async (page) => await images.tags(exchange.principal, name, page),
        );
      },
    }),
    registryRoute(parts, {
      method: "GET",
      path: "/v2/{name...}/referrers/{digest}",
      policy: "image.read",
      actions: ["pull"],
      summary: "OCI: what hangs on a manifest, such as its bill of materials, as an index",
      query: [
        { name: "artifactType", description: "Only of this type." },
        { name: "last", description: "Only behind this digest: for the pages behind the Link header." },
      ],
      answers: INDEX,
      handle: async (exchange) => await sendReferrers(parts, exchange),
    }),
  ];
}

async function sendNames(
  exchange: Exchange,
  field: "tags" | "repositories",
  path: string,
  list: (page: { readonly size: number; readonly last?: string }) => Promise<readonly string[]>,
): Promise<void> {
  const size = Math.min(exchange.integer("n", { min: 0, max: 1_000_000 }) ?? MOST_NAMES, MOST_NAMES);
  const last = exchange.query.get("last");
  const found = await list({ size: size + 1, ...(last === null ? {} : { last }) });
  const names = found.slice(0, size);
  const end = names.at(-1);
  const isMore = found.length > size && end !== undefined;
  const query = new URLSearchParams({ n: String(size), last: end ?? "" });
  const headers = isMore ? { Link: `<${path}?${query.toString()}>; rel="next"` } : {};
  const name = field === "tags" ? { name: exchange.param("name") } : {};
  sendJson(exchange, { ...name, [field]: names }, { headers });
}

async function sendReferrers({ edge }: RegistryParts, exchange: Exchange): Promise<void> {
  const { images } = edge.control;
  const [name, digest] = [exchange.param("name"), exchange.param("digest")];
  const all = await images.referrers(exchange.principal, name, digest);
  const artifactType = exchange.query.get("artifactType");
  const wanted = artifactType === null ? all : all.filter((referrer) => referrer.artifactType === artifactType);
  const last = exchange.query.get("last");
  const behind = last === null ? 0 : wanted.findIndex((referrer) => referrer.digest === last) + 1;
  const page = wanted.slice(behind, behind + REFERRERS_PER_PAGE);
  const end = page.at(-1);
  const isMore = behind + page.length < wanted.length && end !== undefined;
  const query = new URLSearchParams({
    ...(artifactType === null ? {} : { artifactType }),
    last: end?.digest ?? "",
  });
  const manifests = page.map(({ mediaType, digest: of, size, artifactType: type, annotations }) => ({
    mediaType,
    digest: of,
    size,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  }));
  sendJson(
    exchange,
    { schemaVersion: 2, mediaType: INDEX, manifests },
    {
      contentType: INDEX,
      headers: {
        ...(artifactType === null ? {} : { "OCI-Filters-Applied": "artifactType" }),
        ...(isMore ? { Link: `<${pathTo(exchange, `referrers/${digest}`)}?${query.toString()}>; rel="next"` } : {}),
      },
    },
  );
}
