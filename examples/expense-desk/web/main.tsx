import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { loadDesk } from "./desk.ts";

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<App desk={loadDesk()} />);
