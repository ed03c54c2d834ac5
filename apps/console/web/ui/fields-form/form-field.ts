/** One question of a form that the platform asks: `GET /v1/target-kinds`. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly type: "text" | "number" | "boolean" | "choice" | "secret";
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly example?: string;
  readonly pattern?: string;
}

/** What stands in the boxes. Nothing said is "". */
export type FieldTexts = Readonly<Record<string, string>>;

/** What is wrong with a field, as the platform would say it; undefined when nothing is. */
export function problemOf(field: FormField, text: string): string | undefined {
  if (text === "") return field.required ? "It is needed." : undefined;
  if (field.type === "number" && !(Number.isFinite(Number(text)) && Number(text) >= 0)) return "It must be a number.";
  if (field.choices !== undefined && !field.choices.includes(text)) return "It must be one of the choices.";
  if (field.pattern !== undefined && !matches(field.pattern, text)) {
    return field.example === undefined ? "It has not the form it must have." : `It must look like ${field.example}.`;
  }
  return undefined;
}

export function hasProblems(fields: readonly FormField[], texts: FieldTexts): boolean {
  return fields.some((field) => problemOf(field, texts[field.key] ?? "") !== undefined);
}

/** What was said, with the types that the fields have. */
export function valuesOf(
  fields: readonly FormField[],
  texts: FieldTexts,
): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    fields.flatMap(({ key, type }) => {
      const text = texts[key] ?? "";
      if (text === "") return [];
      return [[key, type === "number" ? Number(text) : type === "boolean" ? text === "true" : text]];
    }),
  );
}

/** What is there already, as it stands in the boxes. */
export function textsOf(values: Readonly<Record<string, unknown>>): FieldTexts {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

/** A pattern that this browser does not know is left to the platform. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true;
  }
}
