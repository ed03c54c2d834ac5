import { HostAllowlist, Scrubber } from "@berth/runtime";
import type { SecretSource } from "@berth/runtime";
import type { ExportDestination } from "@berth/store";

/** What a destination is called with. `scrubber` takes the secrets out of whatever it answers. */
export type DestinationHeaders =
  | { readonly headers: Readonly<Record<string, string>>; readonly scrubber: Scrubber }
  | { readonly objection: string };

/** RFC 9110 §5.5, without the bytes that have no agreed meaning. */
const FIELD_VALUE = /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/;

/** The organization's own secrets, as they are at this moment. */
export async function destinationHeaders(
  secrets: Pick<SecretSource, "value">,
  { orgId, url, headers, secretHeaders }: ExportDestination,
): Promise<DestinationHeaders> {
  const scrubber = new Scrubber();
  const all: Record<string, string> = { ...headers };
  for (const [header, name] of Object.entries(secretHeaders)) {
    const secret = await secrets.value({ orgId, agentName: "" }, name);
    if (secret === undefined) return { objection: `the secret ${name} is not set` };
    const target = targetOf(url);
    if (secret.hosts !== undefined && !new HostAllowlist(secret.hosts).allows(target)) {
      return { objection: `the secret ${name} is not for ${target.host}:${target.port}` };
    }
    const value = secret.value.trim();
    if (!FIELD_VALUE.test(value)) return { objection: `the secret ${name} cannot stand in a header` };
    scrubber.learn(name, value);
    all[header] = value;
  }
  return { headers: all, scrubber };
}

function targetOf(text: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(text);
  const usual = protocol === "https:" ? 443 : 80;
  return { host: hostname, port: port === "" ? usual : Number(port) };
}
