import { ExternalLink as Out } from "lucide-react";
import type { ReactNode } from "react";
import { externalAddress } from "./external-address.ts";
import { plainText } from "./plain-text.ts";

/** A link to elsewhere with its host in sight. What may not be opened is text with its address. */
export function ExternalLink({ address, children }: { readonly address: string; readonly children?: ReactNode }) {
  const target = externalAddress(address);
  if (target === undefined) {
    return (
      <span>
        {children}
        <span className="text-muted"> ({plainText(address.slice(0, 200))})</span>
      </span>
    );
  }
  return (
    <a href={target.href} target="_blank" rel="noreferrer noopener nofollow" className="break-words">
      {children ?? target.href}
      <span className="ml-1 rounded bg-sunken px-1 text-xs whitespace-nowrap text-muted no-underline">
        {target.host}
        <Out size={10} aria-hidden className="ml-0.5 inline" />
        <span className="sr-only"> (opens elsewhere)</span>
      </span>
    </a>
  );
}
