import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { defineConfig } from "vite";

/**
 * The two scripts that run in shops' pages, one build each: classic scripts that leave nothing behind but their own name.
 * embed.json says how they are called; the units' script carries its hash, the tag keeps its name for ever.
 */
const out = new URL("../src/antiphon/web/static/dist/", import.meta.url);
const name = process.env.ANTIPHON_EMBED;

function listed() {
  return {
    name: "antiphon-listed",
    closeBundle() {
      const list = new URL("embed.json", out);
      let names = {};
      try {
        names = JSON.parse(readFileSync(list, "utf8"));
      } catch {
        // the first of the two
      }
      const made = new URL(`${name}.js`, out);
      const hash = createHash("sha256").update(readFileSync(made)).digest("base64url").slice(0, 8);
      names[name] = name === "tag" ? "tag.js" : `unit-${hash}.js`;
      renameSync(made, new URL(names[name], out));
      writeFileSync(list, JSON.stringify(names));
    },
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [listed()],
  build: {
    outDir: "../src/antiphon/web/static/dist",
    emptyOutDir: false,
    target: "es2020",
    lib: {
      entry: name === "tag" ? "src/tag/antiphon.ts" : "src/unit/unit.ts",
      formats: ["iife"],
      name: "antiphonScript",
      fileName: () => `${name}.js`,
    },
  },
});
