import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/query-client.ts";
import { signIn } from "./api/session.ts";
import { router } from "./router.tsx";
import { applyTheme, readTheme } from "./shell/theme.ts";
import "./styles.css";

const SIGN_IN = "#sign-in=";

applyTheme(readTheme());
// `npm start` prints an address with a code that signs in once; it does not stay in the history.
if (location.hash.startsWith(SIGN_IN)) {
  const code = decodeURIComponent(location.hash.slice(SIGN_IN.length));
  history.replaceState(null, "", "/#/");
  // A used or old code: the sign-in form says the rest.
  await signIn({ code }).catch(() => undefined);
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
