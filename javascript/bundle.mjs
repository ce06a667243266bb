// Writes worker.cjs and the licences of what is in it into the folder that is given.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import ts from "typescript";
import { everyRule, RECOMMENDED } from "./src/plugins.mjs";

const target = process.argv[2];
const here = import.meta.dirname;
const library = join(here, "node_modules/typescript/lib");

// TypeScript's own declarations, which it would otherwise read from disk.
const declarations = Object.fromEntries(
  readdirSync(library)
    .filter((name) => /^lib\..*\.d\.ts$/.test(name) || name === "lib.d.ts")
    .sort()
    .map((name) => [name, readFileSync(join(library, name), "utf8")]),
);
const packed = gzipSync(JSON.stringify(declarations), { level: 9 });
packed[9] = 255; // the header's byte for the operating system
const declarationsFile = join(here, "declarations.gz");
writeFileSync(declarationsFile, packed);

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/worker.mjs"],
  outfile: join(target, "worker.cjs"),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  minify: true,
  legalComments: "none",
  charset: "utf8",
  // ESLint asks for it only to load configuration written in TypeScript, which is never done.
  external: ["jiti", "jiti/package.json"],
  loader: { ".gz": "binary" },
  metafile: true,
  logLevel: "warning",
});
rmSync(declarationsFile);

const list = (name, value) =>
  writeFileSync(join(target, name), `${JSON.stringify(value, null, 1)}\n`);
list(
  "rules.json",
  everyRule().map(([name, { meta }]) => ({
    name,
    summary: meta.docs?.description ?? "",
    url: meta.docs?.url ?? "",
    problem: meta.type === "problem",
    recommended: RECOMMENDED.has(name),
  })),
);
list(
  "errors.json",
  Object.fromEntries(
    Object.values(ts.Diagnostics)
      .filter(({ category }) => category === ts.DiagnosticCategory.Error)
      .map(({ code, message }) => [`TS${code}`, message]),
  ),
);
const { devDependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
list("versions.json", devDependencies);

/** Some packages state their licence at the end of their README alone. */
function licenceInReadme(folder) {
  const readme = readFileSync(join(folder, "README.md"), "utf8").replaceAll("\r\n", "\n");
  const start = readme.search(/^#*\s*(?:licen[cs]e|copyright)/im);
  if (start < 0) throw new Error(`${folder} states no licence`);
  return readme.slice(start).trim();
}

const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json")));
  const files = readdirSync(join(here, folder))
    .filter((file) => /^(licen[cs]e|copying|notice|thirdparty)/i.test(file))
    .sort();
  const texts = files.map((file) => 
    readFileSync(join(here, folder, file), "utf8").replaceAll("\r\n", "\n").trim(),
  );
  if (texts.length === 0) texts.push(licenceInReadme(join(here, folder)));
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
});
writeFileSync(
  join(target, "LICENCES.txt"),
  `Parts of worker.cjs, each with its licence.\n\n${notices.join(`\n${"=".repeat(79)}\n\n`)}`,
);
const digest = createHash("sha256").update(readFileSync(join(target, "worker.cjs"))).digest("hex");
console.log(`${relative(process.cwd(), join(target, "worker.cjs"))} ${digest}`);
