import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Keyboard, LogOut, Menu, Search } from "lucide-react";
import { Suspense, lazy, useEffect, useMemo, useState } from "react";
import { ApiError, whenSignedOut } from "../api/client.ts";
import { signOut, whoAmI } from "../api/session.ts";
import type { WhoAmI } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { Failure, Loading } from "../ui/status.tsx";
import { KeySheet } from "./key-sheet.tsx";
import { listenForKeys, useKeys } from "./keys.ts";
import { PLACES } from "./places.ts";
import { SignIn } from "./sign-in.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));

const NOTICE_MS = 2_500;

/** Everything around a screen; without a session, the sign-in form in its place. */
export function Shell() {
  const queries = useQueryClient();
  const who = useQuery(whoAmI);
  useEffect(() => whenSignedOut(() => void queries.invalidateQueries({ queryKey: whoAmI.queryKey })), [queries]);
  if (who.data === undefined && who.isPending) return <Loading what="the console" />;
  const isNobody = who.data?.kind === "anonymous" || (who.error instanceof ApiError && who.error.status === 401);
  if (isNobody) return <SignIn />;
  if (who.data === undefined) return <Failure error={who.error} retry={() => void who.refetch()} />;
  return <SignedIn who={who.data} />;
}

function SignedIn({ who }: { readonly who: WhoAmI }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [overlay, setOverlay] = useState<"palette" | "keys" | undefined>();
  const [menu, setMenu] = useState(false);
  const [notice, setNotice] = useState("");
  useEffect(() => {
    if (notice === "") return undefined;
    const timer = setTimeout(() => setNotice(""), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  useEffect(listenForKeys, []);
  useKeys(
    useMemo(
      () => [
        { keys: "mod+k", does: "Find anything", run: () => setOverlay("palette") },
        { keys: "?", does: "Show the keys", run: () => setOverlay("keys") },
        { keys: ".", does: "Copy the link to this view", run: () => void copyLink().then(setNotice) },
        // keys.ts does it; here it is told.
        { keys: "Escape in a field", does: "Leave the field, so that letters are keys again", run: () => undefined },
        ...PLACES.map(({ to, label, key }) => ({
          keys: `g ${key}`,
          does: `Go to ${label.toLowerCase()}`,
          run: () => void navigate({ to }),
        })),
      ],
      [navigate],
    ),
  );
  const leave = async () => {
    await signOut();
    // The sign-in form first, then nothing of what was shown is kept.
    await queries.invalidateQueries({ queryKey: whoAmI.queryKey });
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== whoAmI.queryKey[0] });
  };
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-20 bg-panel focus:not-sr-only focus:absolute focus:p-2"
        onClick={(event) => skip(event)}
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-10 flex shrink-0 flex-col border-line bg-panel max-md:border-b md:h-dvh md:w-52 md:border-r">
        <div className="flex items-center gap-2 px-4 py-3">
          <Link to="/" className="flex items-center gap-2 font-semibold text-text no-underline">
            <img src="/icon.svg" alt="" width={22} height={22} />
            Berth
          </Link>
          <Button
            look="quiet"
            small
            className="ml-auto"
            aria-label="Find anything"
            onClick={() => setOverlay("palette")}
          >
            <Search size={15} aria-hidden />
          </Button>
          <Button
            look="quiet"
            small
            className="md:hidden"
            aria-label="Menu"
            aria-expanded={menu}
            onClick={() => setMenu(!menu)}
          >
            <Menu size={16} aria-hidden />
          </Button>
        </div>
        <nav aria-label="Places" className={`${menu ? "" : "max-md:hidden"} min-h-0 flex-1 overflow-y-auto px-2 pb-2`}>
          <ul className="flex flex-col gap-0.5">
            {PLACES.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                  onClick={() => setMenu(false)}
                  className="flex min-h-8 items-center gap-2.5 rounded-md px-2.5 text-sm text-text no-underline hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold"
                >
                  <Icon size={16} aria-hidden className="text-muted" />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={`${menu ? "" : "max-md:hidden"} flex flex-col gap-2 border-t border-line p-3 text-xs`}>
          <p className="truncate text-muted" title={`${who.id} in ${who.orgId}`}>
            {who.name ?? who.id}
          </p>
          <div className="flex items-center gap-1">
            <ThemeSwitch />
            <Button look="quiet" small aria-label="Keys" onClick={() => setOverlay("keys")}>
              <Keyboard size={15} aria-hidden />
            </Button>
            <Button look="quiet" small aria-label="Sign out" onClick={() => void leave()}>
              <LogOut size={15} aria-hidden />
            </Button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
      <p role="status" className="pointer-events-none fixed inset-x-0 bottom-4 z-20 flex justify-center">
        {notice === "" ? undefined : (
          <span className="rounded-md border border-line-strong bg-panel px-3 py-1.5 text-sm">{notice}</span>
        )}
      </p>
      {overlay === "palette" ? (
        <Suspense>
          <Palette onClose={() => setOverlay(undefined)} />
        </Suspense>
      ) : undefined}
      {overlay === "keys" ? <KeySheet onClose={() => setOverlay(undefined)} /> : undefined}
    </div>
  );
}

/** Plain HTTP on a LAN has no clipboard API. */
async function copyLink(): Promise<string> {
  try {
    await navigator.clipboard.writeText(location.href);
    return "Link copied";
  } catch {
    return "The browser lets no link be copied here";
  }
}

/** The address' hash is the router's: the link moves the focus itself. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
