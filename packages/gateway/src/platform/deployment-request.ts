import type { DeployRequest } from "@berth/control";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readBody, readJson } from "../edge/read-body.ts";
import { idempotencyKeyOf } from "../rest/idempotency-key.ts";
import { isText, membersOf } from "./body.ts";
import { choiceParameter, textParameter } from "./page.ts";

const MAX_TEXT = 2_048;
const OPTIONS = ["trust", "traffic", "canaryPercent", "skipEvals", "target"];
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  git: ["url", "ref", "path", "credential"],
  push: ["repository", "ref", "commit"],
  image: ["reference", "credential"],
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  git: ["url"],
  push: ["repository", "ref", "commit"],
  image: ["reference"],
};

/** An archive with its options in the query, or a document that names the source. @throws INVALID_PARAMS, UNSUPPORTED_MEDIA_TYPE */
export async function readDeployRequest(edge: Edge, exchange: Exchange): Promise<DeployRequest> {
  const key = idempotencyKeyOf(exchange);
  const under = key === undefined ? {} : { idempotencyKey: key };
  const [type] = (exchange.req.headers["content-type"] ?? "").toLowerCase().split(";");
  switch (type?.trim()) {
    case "application/gzip":
    case "application/x-gzip": {
      // Looked at before the first byte of the archive is read.
      const options = optionsOfQuery(exchange);
      const bytes = await readBody(exchange.req, edge.limits.maxArchiveBytes);
      return { ...options, ...under, source: { kind: "archive", bytes } };
    }
    case "application/json":
      return { ...parseDocument(await readJson(exchange, edge.limits)), ...under };
    default:
      throw new PlatformError(
        "UNSUPPORTED_MEDIA_TYPE",
        "The body must be a gzipped tar archive, or JSON with a source.",
        {
          hint: "Send Content-Type: application/gzip; `a2a deploy` packs a folder.",
        },
      );
  }
}

function optionsOfQuery(exchange: Exchange): Omit<DeployRequest, "source"> {
  const name = textParameter(exchange, "name");
  const target = textParameter(exchange, "target");
  const traffic = choiceParameter(exchange, "traffic", ["none"]);
  const canaryPercent = exchange.integer("canary", { min: 0, max: 50 });
  return {
    trust: choiceParameter(exchange, "trust", ["true", "false"]) === "true",
    skipEvals: choiceParameter(exchange, "evals", ["skip"]) === "skip",
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
    ...(traffic === undefined ? {} : { traffic }),
    ...(canaryPercent === undefined ? {} : { canaryPercent }),
  };
}

function parseDocument(body: unknown): DeployRequest {
  const { name, source, options, ...others } = membersOf(body);
  const violations = unknownIn("", others);
  if (name !== undefined && !isText(name, MAX_TEXT)) violations.push({ field: "name", description: "must be a text" });
  const parsed = { source: parseSource(source, violations), ...parseOptions(options, violations) };
  if (violations.length > 0) throw invalidParams(violations);
  // What is not as it should be is among the violations.
  return { ...parsed, ...(name === undefined ? {} : { name: name as string }) } as DeployRequest;
}

function parseSource(value: unknown, violations: FieldViolation[]): object {
  const { kind, ...fields } = membersOf(value);
  const known = typeof kind === "string" ? SOURCES[kind] : undefined;
  if (known === undefined || typeof kind !== "string") {
    const description = `must be one of ${Object.keys(SOURCES).join(", ")}; an archive is sent as application/gzip`;
    violations.push({ field: "source.kind", description });
    return {};
  }
  violations.push(
    ...unknownIn("source.", Object.fromEntries(Object.entries(fields).filter(([key]) => !known.includes(key)))),
  );
  for (const field of known) {
    const isMissing = fields[field] === undefined;
    if (isMissing ? REQUIRED[kind]?.includes(field) === true : !isText(fields[field], MAX_TEXT))
      violations.push({ field: `source.${field}`, description: `must be a text of at most ${MAX_TEXT} characters` });
  }
  return { kind, ...fields };
}

function parseOptions(value: unknown, violations: FieldViolation[]): object {
  const options = membersOf(value);
  const { trust = false, traffic, canaryPercent, skipEvals, target } = options;
  violations.push(
    ...unknownIn("options.", Object.fromEntries(Object.entries(options).filter(([key]) => !OPTIONS.includes(key)))),
  );
  const refuse = (field: string, description: string): void =>
    void violations.push({ field: `options.${field}`, description });
  if (typeof trust !== "boolean") refuse("trust", "must be true or false");
  if (skipEvals !== undefined && typeof skipEvals !== "boolean") refuse("skipEvals", "must be true or false");
  if (traffic !== undefined && traffic !== "none") refuse("traffic", 'must be "none"');
  if (canaryPercent !== undefined && typeof canaryPercent !== "number") refuse("canaryPercent", "must be a number");
  if (target !== undefined && !isText(target, 100)) refuse("target", "must be a target's name");
  return { ...options, trust };
}

function unknownIn(prefix: string, others: object): FieldViolation[] {
  return Object.keys(others).map((key) => ({ field: `${prefix}${key.slice(0, 100)}`, description: "is not known" }));
}
