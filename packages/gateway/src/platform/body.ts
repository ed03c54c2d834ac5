/** The members of a JSON object from outside; none for anything else. */
export function membersOf(body: unknown): { readonly [name: string]: unknown } {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}

export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxLength;
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
