import type { CardChange } from "./diff-cards.ts";

type Members = { readonly [name: string]: unknown };

/** Schemas are strangers': deeper than this a difference is only said to be there. */
const MAX_DEPTH = 6;

/** What changed between two schemas. What is asked for grows or what is given shrinks: that breaks callers. */
export function diffSchemas(
  what: string,
  side: "input" | "output",
  before: unknown,
  after: unknown,
): readonly CardChange[] {
  return diff({ what, side, at: "", depth: 0 }, before, after);
}

interface Place {
  readonly what: string;
  readonly side: "input" | "output";
  readonly at: string;
  readonly depth: number;
}

function diff(place: Place, before: unknown, after: unknown): readonly CardChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const what = place.at === "" ? place.what : `${place.what} ${place.at}`;
  if (!isObject(before) || !isObject(after) || place.depth > MAX_DEPTH) {
    return [
      { kind: before === undefined ? "added" : after === undefined ? "removed" : "changed", what: `${what} schema` },
    ];
  }
  const types = diffTypes(what, before, after);
  if (types !== undefined) return [types];
  const changes = [
    ...diffEnum(what, place.side, before, after),
    ...diffMembers(place, before, after),
    ...diffBounds(what, place.side, before, after),
  ];
  if (isObject(before["items"]) || isObject(after["items"])) {
    changes.push(...diff({ ...place, at: `${place.at}/*`, depth: place.depth + 1 }, before["items"], after["items"]));
  }
  return changes;
}

function diffTypes(what: string, before: Members, after: Members): CardChange | undefined {
  const [from, to] = [JSON.stringify(before["type"]), JSON.stringify(after["type"])];
  if (from === to) return undefined;
  return {
    kind: "changed",
    what: `${what} type`,
    from: from ?? "any",
    to: to ?? "any",
    breaks: "Values of the old type do not fit.",
  };
}

function diffEnum(what: string, side: Place["side"], before: Members, after: Members): readonly CardChange[] {
  const [from, to] = [values(before["enum"]), values(after["enum"])];
  const isNarrower = to !== undefined && (from === undefined || from.some((each) => !to.includes(each)));
  const isWider = from !== undefined && (to === undefined || to.some((each) => !from.includes(each)));
  if (!isNarrower && !isWider) return [];
  const breaks = side === "input" ? isNarrower : isWider;
  const why =
    side === "input" ? "Values that were allowed are refused." : "Callers may get values that they do not know.";
  return [
    {
      kind: "changed",
      what: `${what} values`,
      from: from?.join(", ") ?? "any",
      to: to?.join(", ") ?? "any",
      ...(breaks ? { breaks: why } : {}),
    },
  ];
}

function diffMembers(place: Place, before: Members, after: Members): CardChange[] {
  const [old, now] = [members(before), members(after)];
  const [needed, needs] = [names(before["required"]), names(after["required"])];
  const isInput = place.side === "input";
  const at = (key: string): string => `${place.what} ${place.at}/${key}`;
  const gone = Object.keys(old).filter((key) => !Object.hasOwn(now, key));
  const fresh = Object.keys(now).filter((key) => !Object.hasOwn(old, key));
  const kept = Object.keys(now).filter((key) => Object.hasOwn(old, key));
  return [
    ...gone.map((key): CardChange => ({
      kind: "removed",
      what: at(key),
      ...(isInput && after["additionalProperties"] !== false
        ? {}
        : { breaks: isInput ? "Callers that send it are refused." : "Callers that read it miss it." }),
    })),
    ...fresh.map((key): CardChange => ({
      kind: "added",
      what: at(key),
      ...(isInput && needs.includes(key) ? { breaks: "It is needed, and callers do not send it yet." } : {}),
    })),
    ...kept.flatMap((key): readonly CardChange[] => {
      const [was, is] = [needed.includes(key), needs.includes(key)];
      const breaks = isInput ? !was && is : was && !is;
      const change: CardChange = {
        kind: "changed",
        what: at(key),
        from: was ? "needed" : "optional",
        to: is ? "needed" : "optional",
        ...(breaks ? { breaks: isInput ? "Callers that leave it out are refused." : "Callers may miss it." } : {}),
      };
      return [
        ...(was === is ? [] : [change]),
        ...diff({ ...place, at: `${place.at}/${key}`, depth: place.depth + 1 }, old[key], now[key]),
      ];
    }),
  ];
}

function diffBounds(what: string, side: Place["side"], before: Members, after: Members): readonly CardChange[] {
  return ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern"].flatMap(
    (bound): readonly CardChange[] => {
      const [from, to] = [before[bound], after[bound]];
      if (from === to) return [];
      const isTighter =
        to !== undefined &&
        (typeof from !== "number" || typeof to !== "number" || (bound.startsWith("min") ? to > from : to < from));
      const breaks = side === "input" && isTighter ? { breaks: "Values that were allowed are refused." } : {};
      return [{ kind: "changed", what: `${what} ${bound}`, from: shown(from), to: shown(to), ...breaks }];
    },
  );
}

function shown(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function values(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map((each) => JSON.stringify(each)) : undefined;
}

function names(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function members(schema: Members): Members {
  return isObject(schema["properties"]) ? schema["properties"] : {};
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
