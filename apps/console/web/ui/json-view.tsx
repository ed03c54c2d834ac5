/** JSON as text: what an agent wrote is never markup. `maxChars` bounds what is drawn; the rest is said, not hidden. */
export function JsonView({
  value,
  label,
  maxChars = 20_000,
}: {
  readonly value: unknown;
  readonly label: string;
  readonly maxChars?: number;
}) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "undefined");
  const cut = text.length > maxChars;
  return (
    <pre
      tabIndex={0}
      aria-label={label}
      className="max-h-96 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs break-words whitespace-pre-wrap"
    >
      {cut ? `${text.slice(0, maxChars)}\n… ${text.length - maxChars} more characters` : text}
    </pre>
  );
}
