import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { signIn } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Failure } from "../ui/status.tsx";

export function SignIn() {
  const queries = useQueryClient();
  const [by, setBy] = useState<"key" | "password">("key");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      await signIn(Object.fromEntries(form));
      const app = appThatWaits(location.search);
      if (app !== undefined) return location.assign(app);
      await queries.invalidateQueries();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  }
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-4 p-4">
      <h1 className="flex items-center gap-2 text-xl font-semibold">
        <img src="/icon.svg" alt="" width={28} height={28} />
        Sign in to Berth
      </h1>
      <form
        onSubmit={(event) => void onSubmit(event)}
        className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-4"
      >
        {by === "key" ? (
          <TextField
            label="API key"
            name="key"
            type="password"
            autoComplete="off"
            required
            hint="`npm start` prints an address that signs you in; the key is in .berth/admin-token."
          />
        ) : (
          <>
            <TextField label="Email" name="email" type="email" autoComplete="username" required />
            <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
          </>
        )}
        {error === undefined ? undefined : <Failure error={error} />}
        <div className="flex items-center gap-2">
          <Button type="submit" look="primary" disabled={busy}>
            Sign in
          </Button>
          <Button look="quiet" className="ml-auto" onClick={() => setBy(by === "key" ? "password" : "key")}>
            {by === "key" ? "Use email and password" : "Use an API key"}
          </Button>
        </div>
      </form>
    </main>
  );
}

/** Where a browser goes on that an agent's app has sent here to sign in: that one address of the platform, and no other. */
function appThatWaits(search: string): string | undefined {
  const to = new URLSearchParams(search).get("continue");
  return to?.startsWith("/v1/app-sessions/start?") === true ? to : undefined;
}
