import { SKILL_SCHEMAS_EXTENSION } from "./a2a.ts";

export interface CardFinding {
  readonly level: "error" | "warning";
  /** Where: `skills[2].id`. */
  readonly at: string;
  readonly message: string;
}

const MAX_FINDINGS = 40;
const TEXTS = ["name", "description", "version"];
const LISTS = ["supportedInterfaces", "defaultInputModes", "defaultOutputModes", "skills"];
const BINDINGS = ["JSONRPC", "GRPC", "HTTP+JSON"];
const MEDIA_TYPE = /^[\w.+*-]+\/[\w.+*-]+(\s*;.*)?$/;

/** What of a card does not follow A2A 1.0 (§4.4), or makes clients stumble. The card is a stranger's: nothing of its shape is taken for granted. */
export function validateCard(card: unknown): readonly CardFinding[] {
  if (!isObject(card)) return [{ level: "error", at: "card", message: "is no JSON object" }];
  const found: CardFinding[] = [];
  const add = (level: CardFinding["level"], at: string, message: string): void => {
    if (found.length < MAX_FINDINGS) found.push({ level, at, message });
  };
  for (const name of TEXTS) if (!isText(card[name])) add("error", name, "must be a text that is not empty");
  for (const name of LISTS)
    if (listOf(card[name]).length === 0) add("error", name, "must be a list with at least one entry");
  if (!isObject(card["capabilities"])) add("error", "capabilities", "must be an object");
  for (const [index, each] of listOf(card["supportedInterfaces"]).entries())
    checkInterface(each, `supportedInterfaces[${index}]`, add);
  for (const name of ["defaultInputModes", "defaultOutputModes"]) {
    for (const [index, mode] of listOf(card[name]).entries()) {
      if (typeof mode !== "string" || !MEDIA_TYPE.test(mode)) add("error", `${name}[${index}]`, "must be a media type");
    }
  }
  checkSkills(listOf(card["skills"]), add);
  if (!isObject(card["provider"])) add("warning", "provider", "nobody is named as responsible");
  if (schemasOf(card) === 0)
    add("warning", "skills", "no skill says what it takes as JSON Schema; callers have to guess");
  if (card["signatures"] === undefined) add("warning", "signatures", "is not signed");
  return found;
}

type Add = (level: CardFinding["level"], at: string, message: string) => void;

function checkInterface(value: unknown, at: string, add: Add): void {
  if (!isObject(value)) return add("error", at, "must be an object");
  const { url, protocolBinding, protocolVersion } = value;
  if (!isText(url)) add("error", `${at}.url`, "must be an address");
  if (!isText(protocolBinding)) add("error", `${at}.protocolBinding`, "must be a text");
  else if (!BINDINGS.includes(protocolBinding) && !protocolBinding.includes("://"))
    add("warning", `${at}.protocolBinding`, `${protocolBinding} is none of ${BINDINGS.join(", ")}`);
  if (!isText(protocolVersion)) add("error", `${at}.protocolVersion`, "must be a text");
  if (isText(url) && /^http:\/\/(?!localhost|127\.|\[::1\])/i.test(url))
    add("warning", `${at}.url`, "is not encrypted");
}

function checkSkills(skills: readonly unknown[], add: Add): void {
  const seen = new Set<unknown>();
  for (const [index, skill] of skills.entries()) {
    const at = `skills[${index}]`;
    if (!isObject(skill)) {
      add("error", at, "must be an object");
      continue;
    }
    for (const name of ["id", "name", "description"])
      if (!isText(skill[name])) add("error", `${at}.${name}`, "must be a text that is not empty");
    if (!Array.isArray(skill["tags"])) add("error", `${at}.tags`, "must be a list");
    if (seen.has(skill["id"])) add("error", `${at}.id`, "is another skill's too");
    seen.add(skill["id"]);
  }
}

function schemasOf(card: Members): number {
  const { extensions } = isObject(card["capabilities"]) ? card["capabilities"] : {};
  const found = listOf(extensions).find((each) => isObject(each) && each["uri"] === SKILL_SCHEMAS_EXTENSION);
  const params = isObject(found) ? found["params"] : undefined;
  return isObject(params) ? listOf(params["skills"]).length : 0;
}

type Members = { readonly [name: string]: unknown };

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
