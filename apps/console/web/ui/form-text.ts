/** What stands in a field of a form, without the space around it; "" for what is no text. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
