import {
  AGENT_NAME_PATTERN,
  PatternError,
  PlatformError,
  SUITE_NAME_PATTERN,
  SchemaError,
  compilePattern,
  compileSchema,
} from "@berth/protocol";
import type { EvalCase, EvalScorer, EvalSuite } from "@berth/protocol";
import { isJsonPointer, partOf } from "./json-pointer.ts";
import { isBounded } from "./score-answer.ts";
import { SuiteReader } from "./suite-reader.ts";

const MAX_SUITES = 16;
const MAX_FILE_BYTES = 256 * 1024;
const MAX_CASES = 200;
const MAX_SCORERS = 10;
const CASE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const THRESHOLD = /^(?:0(?:\.\d{1,3})?|1(?:\.0{1,3})?)$/;
const A_THRESHOLD = 'a decimal text from 0 to 1, such as "0.9"';
const MODEL = /^[\x21-\x7e]{1,200}$/;
/** A skill's id, or another agent's name and a skill of its. */
const SKILL = /^[^\s/]{1,128}$/;

/** Whether the file of a source is a suite. */
export function isSuite(path: string): boolean {
  return /^evals\/[^/]+\.json$/.test(path);
}

/** The suites of a source. Hostile: it comes with an archive. @throws CONFIG_INVALID naming the file and the place. */
export function parseSuites(
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): readonly EvalSuite[] {
  const found = files.filter(({ path }) => isSuite(path)).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (found.length > MAX_SUITES) {
    throw new PlatformError(
      "CONFIG_INVALID",
      `There are ${found.length} suites in evals/, at most ${MAX_SUITES} may be.`,
    );
  }
  const suites = found.map(({ path, bytes }) => parseSuite(path, bytes));
  const names = new Set(suites.map(({ name }) => name));
  if (names.size < suites.length) throw new PlatformError("CONFIG_INVALID", "Two suites in evals/ have the same name.");
  return suites;
}

function parseSuite(path: string, bytes: Uint8Array): EvalSuite {
  const reader = new SuiteReader(readJson(path, bytes), path);
  const fields = reader.members(["name", "skill", "threshold", "timeoutSeconds", "cases", "sampled"]);
  const cases = (fields["cases"] ?? reader.fail("has no cases")).items(MAX_CASES).map(parseCase);
  if (new Set(cases.map(({ id }) => id)).size < cases.length) reader.fail("has two cases with the same id");
  const sampled = fields["sampled"]?.items(MAX_SCORERS).map((scorer) => parseScorer(scorer, { expected: undefined }));
  return {
    name: (fields["name"] ?? reader.fail("has no name")).text(SUITE_NAME_PATTERN, "1 to 63 of a-z, 0-9 and hyphen"),
    skill: (fields["skill"] ?? reader.fail("names no skill")).text(SKILL, "a skill's id"),
    threshold: fields["threshold"]?.text(THRESHOLD, A_THRESHOLD) ?? "1",
    timeoutSeconds: fields["timeoutSeconds"]?.number(1, 600, true) ?? 60,
    cases,
    ...(sampled === undefined ? {} : { sampled }),
  };
}

function parseCase(reader: SuiteReader): EvalCase {
  const fields = reader.members(["id", "input", "expected", "scorers"]);
  const expected = fields["expected"]?.json();
  const scorers = (fields["scorers"] ?? reader.fail("has no scorers")).items(MAX_SCORERS);
  return {
    id: (fields["id"] ?? reader.fail("has no id")).text(
      CASE_ID,
      "1 to 64 letters, digits, dots, hyphens and underscores",
    ),
    input: (fields["input"] ?? reader.fail("has no input")).json(),
    ...(expected === undefined ? {} : { expected }),
    scorers: scorers.map((scorer) => parseScorer(scorer, { expected })),
  };
}

const MEMBERS = {
  exact: ["type", "at"],
  number: ["type", "at", "tolerance", "min", "max"],
  contains: ["type", "at", "text"],
  regex: ["type", "at", "pattern"],
  schema: ["type", "at", "schema"],
  code: ["type", "skill"],
  judge: ["type", "at", "rubric", "model", "threshold"],
} as const;

function parseScorer(
  reader: SuiteReader,
  { expected }: { readonly expected: EvalCase["expected"] | undefined },
): EvalScorer {
  const types = Object.keys(MEMBERS);
  const named = reader.members([...new Set(Object.values(MEMBERS).flat())])["type"] ?? reader.fail("has no type");
  // The form lets nothing else through.
  const type = named.text(new RegExp(`^(?:${types.join("|")})$`), `one of ${types.join(", ")}`) as keyof typeof MEMBERS;
  const fields = reader.members(MEMBERS[type]);
  const need = (name: string): SuiteReader => fields[name] ?? reader.fail(`needs "${name}"`);
  if (type === "code") return { type, skill: parseCodeSkill(need("skill")) };
  const at = fields["at"]?.words(256);
  if (at !== undefined && !isJsonPointer(at)) reader.fail('has an "at" that is no JSON Pointer such as /total');
  const part = at === undefined ? {} : { at };
  const wanted = partOf(expected, at ?? "");
  switch (type) {
    case "exact":
      if (wanted === undefined) reader.fail("needs something expected of what it looks at");
      return { type, ...part };
    case "number":
      return { type, ...part, ...parseNumber(reader, fields, wanted) };
    case "contains":
      return { type, ...part, text: need("text").words(2_000) };
    case "regex":
      return { type, ...part, pattern: checked(need("pattern"), (field) => field.words(500), compilePattern) };
    case "judge":
      return { type, ...part, ...parseJudge(need("rubric"), fields) };
    default:
      return { type, ...part, schema: checked(need("schema"), (field) => field.json(), compileSchema) };
  }
}

type Fields = ReturnType<SuiteReader["members"]>;

/** Around what is expected, or within bounds that need nothing expected. */
function parseNumber(
  reader: SuiteReader,
  fields: Fields,
  wanted: unknown,
): { readonly tolerance: number; readonly min?: number; readonly max?: number } {
  const [min, max] = [fields["min"], fields["max"]].map((field) =>
    field?.number(-Number.MAX_VALUE, Number.MAX_VALUE, false),
  );
  const tolerance = fields["tolerance"]?.number(0, Number.MAX_VALUE, false);
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  if (isBounded(bounds)) {
    if (tolerance !== undefined) reader.fail('has both bounds and a "tolerance"');
    return { tolerance: 0, ...bounds };
  }
  if (typeof wanted !== "number") reader.fail('needs a number expected of what it looks at, or "min" or "max"');
  return { tolerance: tolerance ?? 0 };
}

function parseJudge(
  rubric: SuiteReader,
  fields: Fields,
): { readonly rubric: string; readonly model?: string; readonly threshold?: string } {
  const model = fields["model"]?.text(MODEL, "a model's name of 1 to 200 characters without spaces");
  const threshold = fields["threshold"]?.text(THRESHOLD, A_THRESHOLD);
  return {
    rubric: rubric.words(4_000),
    ...(model === undefined ? {} : { model }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

function parseCodeSkill(field: SuiteReader): string {
  const text = field.words(200);
  const parts = text.split("/");
  const [agent = "", skill = ""] = parts.length === 1 ? ["self", text] : parts;
  const fits = parts.length <= 2 && AGENT_NAME_PATTERN.test(agent) && SKILL.test(skill);
  return fits ? text : field.fail("must be a skill of the agent's own, or agent/skill");
}

function checked<T>(field: SuiteReader, read: (field: SuiteReader) => T, compile: (value: T) => unknown): T {
  const value = read(field);
  try {
    compile(value);
    return value;
  } catch (error) {
    if (error instanceof PatternError || error instanceof SchemaError) field.fail(`is not usable: ${error.message}`);
    throw error;
  }
}

function readJson(path: string, bytes: Uint8Array): unknown {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new PlatformError("CONFIG_INVALID", `${path} is larger than ${MAX_FILE_BYTES / 1024} KiB.`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new PlatformError("CONFIG_INVALID", `${path} is not JSON: ${problem}.`, { cause: error });
  }
}
