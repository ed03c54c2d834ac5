/**
 * An address that a stranger wrote, where it may be opened: http and https only, in the form in which the browser would go
 * there. Undefined for everything else, also for what is relative.
 */
export function externalAddress(address: string): { readonly href: string; readonly host: string } | undefined {
  if (!/^https?:\/\//i.test(address) || address.length > 2_048) return undefined;
  try {
    const url = new URL(address);
    // `https://bank.example@evil.example` looks like the former.
    if (url.username !== "" || url.password !== "") return undefined;
    return { href: url.href, host: url.host };
  } catch {
    return undefined;
  }
}
