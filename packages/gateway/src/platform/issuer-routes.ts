import type { NewIssuer } from "@berth/control";
import { ROLES, invalidParams } from "@berth/protocol";
import type { FieldViolation, OrgRole } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { IssuerView } from "./records.ts";

export function issuerRoutes(edge: Edge): readonly PlatformRoute[] {
  const { issuers } = edge.control.identity;
  return [
    {
      method: "GET",
      path: "/v1/issuers",
      policy: "issuer.manage",
      summary: "Issuers whose identities the organization trusts",
      handle: async (exchange) =>
        sendJson(exchange, { issuers: (await issuers.list(exchange.principal)).map(toIssuerJson) }),
    },
    {
      method: "POST",
      path: "/v1/issuers",
      policy: "issuer.manage",
      summary: "Trust an issuer's tokens, or client certificates (`mtls`), and say who they are here",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const request = parseNewIssuer(await readJson(exchange, edge.limits));
        sendJson(exchange, toIssuerJson(await issuers.add(exchange.principal, request)), { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/issuers/{id}",
      policy: "issuer.manage",
      summary: "Trust an issuer no longer, at once",
      status: 204,
      handle: async (exchange) => {
        await issuers.remove(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toIssuerJson(view: IssuerView): object {
  const { issuerId, issuer, audiences, jwksUri = null, algorithms, bindings, singleUse = false, createdAt } = view;
  return { id: issuerId, issuer, audiences, jwksUri, algorithms, bindings, singleUse, createdAt };
}

/** Shapes only; what may be trusted is the use case's to say. @throws INVALID_PARAMS with every field that does not fit. */
function parseNewIssuer(body: unknown): NewIssuer {
  const members = membersOf(body);
  const violations: FieldViolation[] = [];
  const issuer = members.get("issuer");
  const jwksUri = members.get("jwksUri") ?? undefined;
  if (typeof issuer !== "string") violations.push({ field: "issuer", description: "must be a text" });
  if (jwksUri !== undefined && typeof jwksUri !== "string") {
    violations.push({ field: "jwksUri", description: "must be a URL" });
  }
  const singleUse = members.get("singleUse");
  if (singleUse !== undefined && typeof singleUse !== "boolean") {
    violations.push({ field: "singleUse", description: "must be true or false" });
  }
  const audiences = texts(members, "audiences", violations);
  const algorithms = texts(members, "algorithms", violations);
  const said = members.get("bindings");
  if (!Array.isArray(said)) violations.push({ field: "bindings", description: "must be a list" });
  const bindings = (Array.isArray(said) ? said : []).map((each: unknown, index) =>
    parseBinding(each, `bindings[${index}]`, violations),
  );
  if (violations.length > 0 || typeof issuer !== "string") throw invalidParams(violations);
  return {
    issuer,
    bindings,
    ...(typeof jwksUri === "string" ? { jwksUri } : {}),
    ...(audiences === undefined ? {} : { audiences }),
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(singleUse === true ? { singleUse } : {}),
  };
}

function parseBinding(value: unknown, field: string, violations: FieldViolation[]): NewIssuer["bindings"][number] {
  const members = membersOf(value);
  const [subject, email, role] = [members.get("subject"), members.get("email"), members.get("role")];
  const agents = texts(members, "agents", violations, field);
  for (const [name, each] of [["subject", subject] as const, ["email", email] as const]) {
    if (each !== undefined && typeof each !== "string") {
      violations.push({ field: `${field}.${name}`, description: "must be a text" });
    }
  }
  if (!isRole(role)) {
    violations.push({ field: `${field}.role`, description: `must be one of ${Object.keys(ROLES).join(", ")}` });
  }
  return {
    // Whoever reported is not used.
    role: isRole(role) ? role : "viewer",
    ...(typeof subject === "string" ? { subject } : {}),
    ...(typeof email === "string" ? { email } : {}),
    ...(agents === undefined ? {} : { agents }),
  };
}

function texts(
  members: ReadonlyMap<string, unknown>,
  name: string,
  violations: FieldViolation[],
  place?: string,
): readonly string[] | undefined {
  const value = members.get(name) ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  violations.push({ field: place === undefined ? name : `${place}.${name}`, description: "must be a list of texts" });
  return undefined;
}

function isRole(value: unknown): value is OrgRole {
  return typeof value === "string" && Object.hasOwn(ROLES, value);
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
