import type { RepositoryDetail } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { SseEvent, SseStream } from "../edge/sse-stream.ts";
import { errorEvent } from "../rest/error-event.ts";
import { isText, membersOf } from "./body.ts";

const MAX_TEXT = 1_000;

/** Images for people; clients of registries speak to /v2/. */
export function imageRoutes(edge: Edge): readonly PlatformRoute[] {
  const { images, imageTransfers } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/images",
      policy: "image.read",
      summary: "Repositories of the platform's image registry",
      query: [
        { name: "after", description: "Only names behind this one: `next` of the page before." },
        { name: "limit", description: "1 to 500, default 100.", type: "integer" },
      ],
      handle: async (exchange) => {
        const size = exchange.integer("limit", { min: 1, max: 500 }) ?? 100;
        const after = exchange.query.get("after");
        const page = { size: size + 1, ...(after === null ? {} : { last: after }) };
        const found = await images.list(exchange.principal, page);
        const repositories = found.slice(0, size);
        const end = repositories.at(-1)?.repository;
        sendJson(exchange, {
          repositories,
          ...(found.length > size && end !== undefined ? { next: end } : {}),
        });
      },
    },
    {
      method: "GET",
      path: "/v1/images/{repository...}",
      policy: "image.read",
      summary: "The newest images of a repository, with their tags, sizes and what hangs on them",
      handle: async (exchange) =>
        sendJson(exchange, toDetailJson(await images.detail(exchange.principal, exchange.param("repository")))),
    },
    {
      method: "DELETE",
      path: "/v1/images/{repository...}",
      policy: "image.delete",
      summary: "Delete a tag, or an image by its digest with all its tags",
      query: [{ name: "reference", description: "A tag, or sha256:… of the manifest." }],
      status: 204,
      handle: async (exchange) => {
        const reference = exchange.query.get("reference") ?? "";
        if (reference === "") throw invalidParams([{ field: "reference", description: "must be a tag or a digest" }]);
        await images.deleteManifest(exchange.principal, exchange.param("repository"), reference);
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/v1/image-pulls",
      policy: "image.write",
      summary: "Copy an image from another registry to here; its lines as they come, then `done`",
      body: "application/json",
      answers: "text/event-stream",
      stream: true,
      handle: async (exchange) => {
        const { from, repository, credential } = parse(await readJson(exchange, edge.limits), ["from", "repository"]);
        await tell(edge, exchange, async (options) => {
          const request = { reference: from, repository, ...(credential === undefined ? {} : { credential }) };
          return { repository, ...(await imageTransfers.pull(exchange.principal, request, options)) };
        });
      },
    },
    {
      method: "POST",
      path: "/v1/image-pushes",
      policy: "image.write",
      summary: "Copy an image from here to another registry, with what hangs on it; its lines, then `done`",
      body: "application/json",
      answers: "text/event-stream",
      stream: true,
      handle: async (exchange) => {
        const asked = parse(await readJson(exchange, edge.limits), ["repository", "reference", "to"]);
        const { repository, reference, to, tag, credential } = asked;
        const more = { ...(tag === undefined ? {} : { tag }), ...(credential === undefined ? {} : { credential }) };
        await tell(edge, exchange, async (options) => ({
          image: await imageTransfers.push(exchange.principal, { repository, reference, to, ...more }, options),
        }));
      },
    },
  ];
}

type Field = "from" | "repository" | "reference" | "to";
type Parsed = Readonly<Record<Field, string>> & { readonly tag?: string; readonly credential?: string };

/** @throws INVALID_PARAMS with every field that does not fit */
function parse(body: unknown, required: readonly Field[]): Parsed {
  const members = membersOf(body);
  const violations: FieldViolation[] = [];
  const read = (field: string, isNeeded: boolean): string | undefined => {
    const value = members[field];
    if (isText(value, MAX_TEXT)) return value;
    if (isNeeded || value !== undefined) violations.push({ field, description: `must be a text of 1 to ${MAX_TEXT}` });
    return undefined;
  };
  const texts = Object.fromEntries(required.map((field) => [field, read(field, true) ?? ""]));
  const [tag, credential] = [read("tag", false), read("credential", false)];
  if (violations.length > 0) throw invalidParams(violations);
  const all = { from: "", repository: "", reference: "", to: "", ...texts };
  return { ...all, ...(tag === undefined ? {} : { tag }), ...(credential === undefined ? {} : { credential }) };
}

interface Telling {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * What is refused is answered as any refusal: the stream begins with the first line. Whoever goes away ends the work.
 */
async function tell(edge: Edge, exchange: Exchange, work: (options: Telling) => Promise<object>): Promise<void> {
  edge.streams.assertRoom();
  let stream: SseStream | undefined;
  const tellOne = (event: SseEvent): void => {
    stream ??= edge.streams.open(exchange);
    stream.send(event);
  };
  try {
    const log = (line: string): void => tellOne({ event: "log", data: JSON.stringify({ text: line }) });
    const done = await work({ signal: exchange.closed, log });
    tellOne({ event: "done", data: JSON.stringify(done) });
  } catch (thrown) {
    if (stream === undefined) throw thrown;
    if (!stream.signal.aborted) tellOne(errorEvent(toPlatformError(thrown, exchange, edge.log), exchange));
  } finally {
    stream?.end();
  }
}

function toDetailJson({ repository, manifests }: RepositoryDetail): object {
  return {
    repository,
    images: manifests.map(({ artifactType, subject, referrers, ...rest }) => ({
      ...rest,
      artifactType: artifactType ?? null,
      subject: subject ?? null,
      referrers: referrers.map(({ digest, artifactType: type, size }) => ({
        digest,
        artifactType: type ?? null,
        size,
      })),
    })),
  };
}
