import { change, cosmetic } from "./card-change.ts";
import type { CardChange } from "./card-change.ts";

type Members = { readonly [name: string]: unknown };

/** Schemas are strangers': deeper than this a difference is only said to be there. */
const MAX_DEPTH = 6;

/** For readers alone. */
const WORDS = ["title", "description", "examples", "default", "$comment", "deprecated"];
const BOUNDS = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
];
/** Others that say what fits; how two of them relate is not looked into. */
const ASSERTIONS: readonly string[] = `$ref $defs definitions anyOf oneOf allOf not if then
  else const format pattern multipleOf uniqueItems additionalProperties patternProperties propertyNames contains prefixItems dependentRequired minProperties maxProperties`.split(
  /\s+/,
);

interface Place {
  readonly what: string;
  readonly side: "input" | "output";
  readonly at: string;
  readonly depth: number;
}

/** What changed between two schemas. What is asked for grows or what is given shrinks: that breaks callers. */
export function diffSchemas(
  what: string,
  side: "input" | "output",
  { before, after }: { readonly before: unknown; readonly after: unknown },
): readonly CardChange[] {
  return diff({ what, side, at: "", depth: 0 }, before, after);
}

function diff(place: Place, before: unknown, after: unknown): readonly CardChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const what = nameOf(place);
  if (!isObject(before) || !isObject(after)) {
    const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    return [change({ kind, what: `${what} schema`, ...unless(isWider(place, before, after), REFUSED[place.side]) })];
  }
  if (place.depth > MAX_DEPTH) return [change({ kind: "changed", what: `${what} schema`, breaks: UNKNOWN })];
  const types = diffTypes(place, before, after);
  if (types?.level === "breaking") return [types];
  const changes = [
    ...(types === undefined ? [] : [types]),
    ...diffEnum(place, before, after),
    ...diffMembers(place, before, after),
    ...diffBounds(place, before, after),
    ...diffAssertions(place, before, after),
    ...diffWords(what, before, after),
  ];
  if (before["items"] === undefined && after["items"] === undefined) return changes;
  const items: Place = { ...place, at: `${place.at}/*`, depth: place.depth + 1 };
  return [...changes, ...diff(items, before["items"], after["items"])];
}

const UNKNOWN = "It is nested too deep to tell whether callers get along with it.";
const REFUSED = {
  input: "Values that were allowed may be refused.",
  output: "Callers may get values that they do not know.",
};

/** A schema that is not there takes everything; `false` takes nothing. */
function isWider({ side }: Place, before: unknown, after: unknown): boolean {
  const [old, now] = side === "input" ? [before, after] : [after, before];
  return now === undefined || now === true || old === false;
}

function diffTypes(place: Place, before: Members, after: Members): CardChange | undefined {
  const [from, to] = [typesOf(before), typesOf(after)];
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  const [narrow, wide] = place.side === "input" ? [from, to] : [to, from];
  return change({
    kind: "changed",
    what: `${nameOf(place)} type`,
    from: from?.join(" or ") ?? "any",
    to: to?.join(" or ") ?? "any",
    ...unless(covers(wide, narrow), place.side === "input" ? "Values of the old type do not fit." : REFUSED.output),
  });
}

function typesOf({ type }: Members): readonly string[] | undefined {
  if (type === undefined) return undefined;
  return (Array.isArray(type) ? type : [type]).map(String).toSorted();
}

/** Whether every value of `narrow` is one of `wide`. */
function covers(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  return narrow.every((type) => wide.includes(type) || (type === "integer" && wide.includes("number")));
}

function diffEnum(place: Place, before: Members, after: Members): readonly CardChange[] {
  const [from, to] = [values(before["enum"]), values(after["enum"])];
  const isNarrower = to !== undefined && (from === undefined || from.some((each) => !to.includes(each)));
  const isWide = from !== undefined && (to === undefined || to.some((each) => !from.includes(each)));
  if (!isNarrower && !isWide) return [];
  const isFine = place.side === "input" ? !isNarrower : !isWide;
  const [said, says] = [from?.join(", ") ?? "any", to?.join(", ") ?? "any"];
  const what = `${nameOf(place)} values`;
  return [change({ kind: "changed", what, from: said, to: says, ...unless(isFine, REFUSED[place.side]) })];
}

function diffMembers(place: Place, before: Members, after: Members): readonly CardChange[] {
  const [old, now] = [members(before), members(after)];
  const [needed, needs] = [names(before["required"]), names(after["required"])];
  const isInput = place.side === "input";
  const at = (key: string): string => `${place.what} ${place.at}/${key}`;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now), ...needed, ...needs])];
  return keys.flatMap((key): readonly CardChange[] => {
    const [was, is] = [Object.hasOwn(old, key), Object.hasOwn(now, key)];
    const [mustBefore, must] = [needed.includes(key), needs.includes(key)];
    if (was && !is && !must) {
      const isFine = isInput && after["additionalProperties"] !== false;
      const why = isInput ? "Callers that send it are refused." : "Callers that read it miss it.";
      return [change({ kind: "removed", what: at(key), ...unless(isFine, why) })];
    }
    if (!was && is && !mustBefore) {
      const why = "It is needed, and callers do not send it yet.";
      return [change({ kind: "added", what: at(key), ...unless(!isInput || !must, why) })];
    }
    const isFine = isInput ? mustBefore || !must : must || !mustBefore;
    const why = isInput ? "Callers that leave it out are refused." : "Callers may miss it.";
    const [from, to] = [mustBefore ? "needed" : "optional", must ? "needed" : "optional"];
    return [
      ...(from === to ? [] : [change({ kind: "changed", what: at(key), from, to, ...unless(isFine, why) })]),
      ...diff({ ...place, at: `${place.at}/${key}`, depth: place.depth + 1 }, own(old, key), own(now, key)),
    ];
  });
}

function diffBounds(place: Place, before: Members, after: Members): readonly CardChange[] {
  return BOUNDS.flatMap((bound): readonly CardChange[] => {
    const [from, to] = [before[bound], after[bound]];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const isLower = /min/i.test(bound);
    const isTighter = (was: unknown, is: unknown): boolean =>
      is !== undefined && (typeof was !== "number" || typeof is !== "number" || (isLower ? is > was : is < was));
    const isFine = place.side === "input" ? !isTighter(from, to) : !isTighter(to, from);
    const what = `${nameOf(place)} ${bound}`;
    return [
      change({ kind: "changed", what, from: shown(from), to: shown(to), ...unless(isFine, REFUSED[place.side]) }),
    ];
  });
}

/** One that comes narrows, one that goes widens; what another one means nobody can tell. */
function diffAssertions(place: Place, before: Members, after: Members): readonly CardChange[] {
  return ASSERTIONS.flatMap((keyword): readonly CardChange[] => {
    const [from, to] = [before[keyword], after[keyword]];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const what = `${nameOf(place)} ${keyword}`;
    return [change({ kind: "changed", what, ...unless(isWider(place, from, to), REFUSED[place.side]) })];
  });
}

function diffWords(what: string, before: Members, after: Members): readonly CardChange[] {
  return WORDS.filter((word) => JSON.stringify(before[word]) !== JSON.stringify(after[word])).map((word) =>
    cosmetic({ kind: "changed", what: `${what} ${word}` }),
  );
}

function nameOf({ what, at }: Place): string {
  return at === "" ? what : `${what} ${at}`;
}

function unless(isFine: boolean, breaks: string): { readonly breaks?: string } {
  return isFine ? {} : { breaks };
}

function shown(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function values(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map((each) => JSON.stringify(each)) : undefined;
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function members(schema: Members): Members {
  return isObject(schema["properties"]) ? schema["properties"] : {};
}

/** A property may be called as something that every object has. */
function own(object: Members, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
