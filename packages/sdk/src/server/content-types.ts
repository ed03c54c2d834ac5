import { PlatformError } from "@berth/protocol";
import type { Message, Part } from "@berth/protocol";

export const DEFAULT_MODES: readonly string[] = ["text/plain", "application/json"];

/** @throws CONTENT_TYPE_NOT_SUPPORTED when a part says it is something that `modes` does not list (A2A 1.0.1 §3.3.2). */
export function checkInputModes(message: Message, modes: readonly string[]): void {
  for (const [index, part] of message.parts.entries()) {
    const type = typeOf(part);
    if (type === undefined || modes.some((mode) => accepts(mode, type))) continue;
    throw new PlatformError(
      "CONTENT_TYPE_NOT_SUPPORTED",
      `Part ${index} is ${type}; this agent takes ${modes.join(", ")}.`,
      { metadata: { mediaType: type } },
    );
  }
}

function typeOf({ mediaType }: Part): string | undefined {
  return mediaType?.split(";", 1)[0]?.trim().toLowerCase();
}

/** Every kind of text is text: Markdown or CSV may go where text/plain may. */
function accepts(mode: string, type: string): boolean {
  if (mode === type || mode === "*/*" || mode === "*") return true;
  if (mode === "text" || mode === "text/plain") return type.startsWith("text/");
  return mode.endsWith("/*") && type.startsWith(mode.slice(0, -1));
}

const TYPE_BY_EXTENSION: { readonly [extension: string]: string | undefined } = {
  csv: "text/csv",
  gif: "image/gif",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  xml: "application/xml",
};

export function typeByName(name: string): string | undefined {
  return TYPE_BY_EXTENSION[name.slice(name.lastIndexOf(".") + 1).toLowerCase()];
}
