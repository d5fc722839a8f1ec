import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

/** Writes icons.json: the inside of each lucide icon that src/icons.txt names, for the templates to inline. */
function icons() {
  return {
    name: "antiphon-icons",
    generateBundle() {
      const names = readFileSync(new URL("src/icons.txt", import.meta.url), "utf8").split(/\s+/).filter(Boolean);
      const found = {};
      for (const name of names.sort()) {
        const svg = readFileSync(new URL(`node_modules/lucide-static/icons/${name}.svg`, import.meta.url), "utf8");
        found[name] = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").trim();
      }
      this.emitFile({ type: "asset", fileName: "icons.json", source: JSON.stringify(found) });
    },
  };
}

export default defineConfig({
  base: "/static/dist/",
  plugins: [tailwindcss(), icons()],
  build: {
    outDir: "../src/antiphon/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: "",
    // htmx can evaluate strings; it is told not to (allowEval), and the pages forbid it
    // react flow says "use client", which means nothing here
    rolldownOptions: { input: "src/app.ts", checks: { eval: false, moduleLevelDirective: false } },
    chunkSizeWarningLimit: 600,
  },
});
