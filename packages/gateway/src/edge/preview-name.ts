import { isReleaseLabel, releaseLabel } from "@berth/control";
import type { Edge } from "./edge.ts";

const SEPARATOR = "--";

/** `<label>--<agent>` is one release of that agent; everything else is an agent's name. */
export function readPreviewName(text: string): { readonly name: string; readonly release?: string } {
  const at = text.indexOf(SEPARATOR);
  const label = text.slice(0, Math.max(at, 0));
  return isReleaseLabel(label) ? { name: text.slice(at + SEPARATOR.length), release: label } : { name: text };
}

/** Where one release of an agent is reached, without a trailing slash: a host of its own, also on a laptop. */
export function previewAddress(
  { baseUrl, domain }: Pick<Edge, "baseUrl" | "domain">,
  agentName: string,
  releaseId: string,
): string {
  return hostAddress({ baseUrl, domain }, { name: agentName, release: releaseLabel(releaseId) });
}

/** The host of an agent, or of one release of it, by its label. */
export function hostAddress(
  { baseUrl, domain }: Pick<Edge, "baseUrl" | "domain">,
  { name, release }: { readonly name: string; readonly release?: string },
): string {
  const { protocol, port } = new URL(baseUrl());
  const host = `${release === undefined ? "" : `${release}${SEPARATOR}`}${name}.${domain}`;
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}`;
}
