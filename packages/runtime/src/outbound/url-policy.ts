import { OutboundError } from "./outbound-error.ts";

const MAX_URL_LENGTH = 2_048;

/** @throws OutboundError `refused` */
export function checkedUrl(text: string): URL {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) throw refused(`is not an absolute URL of at most ${MAX_URL_LENGTH} characters`);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("must be an http or https URL");
  // They would end up in logs and lists, and no two clients agree on what to do with them.
  if (url.username !== "" || url.password !== "") throw refused("must not contain a user name or password");
  return url;
}

export function portOf(url: { readonly protocol: string; readonly port: string }): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

/** As addresses and names are compared: without the brackets of IPv6 and the root's dot. */
export function hostOf(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
}

export function refused(message: string): OutboundError {
  return new OutboundError("refused", message);
}
