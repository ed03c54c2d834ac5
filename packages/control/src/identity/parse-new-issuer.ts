import { AGENT_NAME_PATTERN, ROLES, invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { IssuerBinding, IssuerRecord } from "@berth/store";
import { CERTIFICATE_ISSUER, GOOGLE_ISSUER } from "./issuers.ts";
import type { NewIssuer } from "./issuers.ts";
import { TOKEN_ALGORITHMS } from "./verify-token.ts";

const DEFAULT_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
const MAX_AUDIENCES = 20;
const MAX_BINDINGS = 200;
const MAX_AGENTS = 200;
const MAX_TEXT = 1_024;

type IssuerRules = Omit<IssuerRecord, "orgId" | "issuerId" | "createdAt">;

/** With every default. @throws INVALID_PARAMS with every field that does not fit. */
export function toIssuerRules(request: NewIssuer): IssuerRules {
  const issuer = request.issuer === "accounts.google.com" ? GOOGLE_ISSUER : request.issuer;
  const certificates = issuer === CERTIFICATE_ISSUER;
  const violations: FieldViolation[] = [];
  const report = (field: string, description: string): void => void violations.push({ field, description });
  const { audiences = [], jwksUri, bindings, singleUse = false } = request;
  const algorithms = request.algorithms ?? (certificates ? [] : DEFAULT_ALGORITHMS);
  const known: readonly string[] = TOKEN_ALGORITHMS;
  if (!certificates && !isHttpUrl(issuer, { query: false })) {
    report("issuer", `must be an https URL without a query, as \`iss\` spells it, or ${CERTIFICATE_ISSUER}`);
  }
  if (jwksUri !== undefined && (certificates || !isHttpUrl(jwksUri, { query: true }))) {
    report("jwksUri", certificates ? "does not belong to certificates" : "must be an https URL");
  }
  if (singleUse && certificates)
    report("singleUse", "does not belong to certificates, which are shown with every call");
  if (audiences.length > MAX_AUDIENCES || audiences.some((audience) => !isText(audience))) {
    report("audiences", `must be at most ${MAX_AUDIENCES} texts`);
  }
  if (!certificates && (algorithms.length === 0 || algorithms.some((algorithm) => !known.includes(algorithm)))) {
    report("algorithms", `must be some of ${known.join(", ")}`);
  }
  if (bindings.length === 0 || bindings.length > MAX_BINDINGS) report("bindings", `must be 1 to ${MAX_BINDINGS}`);
  bindings.forEach((binding, index) => {
    for (const description of wrongWith(binding, issuer)) report(`bindings[${index}]`, description);
  });
  if (violations.length > 0) throw invalidParams(violations);
  return {
    issuer,
    audiences,
    algorithms: certificates ? [] : algorithms,
    bindings: bindings.map(withLowerCaseEmail),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(singleUse ? { singleUse } : {}),
  };
}

function wrongWith({ subject, email, role, agents }: IssuerBinding, issuer: string): readonly string[] {
  const wrong: string[] = [];
  if ((subject === undefined) === (email === undefined)) wrong.push("must have either `subject` or `email`");
  if (subject !== undefined && !isText(subject)) wrong.push("`subject` must be a text");
  if (email !== undefined && (issuer === CERTIFICATE_ISSUER || !/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))) {
    wrong.push("`email` must be the address of one person, for tokens only");
  }
  if (subject === "*" && issuer === GOOGLE_ISSUER) wrong.push("`*` would be everybody with a Google account");
  if (!Object.hasOwn(ROLES, role)) wrong.push(`\`role\` must be one of ${Object.keys(ROLES).join(", ")}`);
  const namesFit = agents === undefined || agents.every((agent) => AGENT_NAME_PATTERN.test(agent));
  if (agents !== undefined && (agents.length === 0 || agents.length > MAX_AGENTS || !namesFit)) {
    wrong.push(`\`agents\` must be 1 to ${MAX_AGENTS} names of agents`);
  }
  return wrong;
}

function withLowerCaseEmail(binding: IssuerBinding): IssuerBinding {
  return binding.email === undefined ? binding : { ...binding, email: binding.email.toLowerCase() };
}

/** Whether the address may be reached is the outbound client's to say; plain http serves issuers on this machine. */
function isHttpUrl(text: string, { query }: { readonly query: boolean }): boolean {
  const url = text.length > MAX_TEXT ? null : URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "" || text.includes("#")) return false;
  if (!query && (url.search !== "" || text.includes("?"))) return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

function isText(text: string): boolean {
  return text.length <= MAX_TEXT && /^[^\p{C}]+$/u.test(text);
}
