import { CopyButton } from "../../ui/copy-button.tsx";

/** A hash, its beginning in sight and all of it to copy. */
export function Hash({ value }: { readonly value: string }) {
  const [, hex = value] = /^sha256:([0-9a-f]{64})$/.exec(value) ?? [];
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="min-w-0 truncate font-mono text-xs" title={value}>
        {hex.slice(0, 12)}
        <span className="text-muted">…{hex.slice(-6)}</span>
      </code>
      <CopyButton text={value} label="Copy the hash" />
    </span>
  );
}
