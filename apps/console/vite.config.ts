import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { UserConfig } from "vite";

const OWN_PACKAGES = /packages\/(protocol|telemetry|ledger)\/src\//;
/** What the first screen needs anyway, whichever it is. */
const LIBRARIES = /node_modules\/(react|react-dom|scheduler|@tanstack\/(?!react-virtual|virtual-core)[\w-]+)\//;
const SHARED = /web\/(ui|shell|api)\/|node_modules\/(lucide-react|clsx)\//;
const ENTITIES = createRequire(import.meta.url).resolve("decode-named-character-reference");

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL("web", import.meta.url)),
  base: "/",
  // Its browser build asks innerHTML what an entity is, which Trusted Types refuse: `&lt;` in an answer would break the view.
  resolve: { alias: { "decode-named-character-reference": ENTITIES } },
  plugins: [react(), tailwindcss()],
  build: {
    outDir: fileURLToPath(new URL("dist", import.meta.url)),
    emptyOutDir: true,
    manifest: "manifest.json",
    // A data: URL would need a looser policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    rolldownOptions: {
      // Our own packages do nothing when they are imported: what a screen does not use of them is left out.
      treeshake: { moduleSideEffects: (id: string) => !OWN_PACKAGES.test(id) },
      // Dozens of tiny files compress badly: what many screens share comes with the shell.
      output: {
        codeSplitting: {
          groups: [
            { name: "libraries", test: LIBRARIES, priority: 2 },
            { name: "shell", test: SHARED, minShareCount: 14, priority: 1 },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
});

export default config;
