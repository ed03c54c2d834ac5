import { installGlobals } from "./globals.ts";

// On its own, so that it runs before the modules that take these globals for granted are loaded.
installGlobals();
