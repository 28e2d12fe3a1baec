/**
 * Builds what is shipped: `dist/cli/weir.js`, the command with everything it needs inside, and `dist/lib`, the library unbundled with its
 * type declarations. Run by `npm run build`, and by npm itself after `npm ci`, so it is quick and says nothing when all is well; types
 * are checked by `npm test`, not here. Also makes `npx weir` work in a clone.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "node:child_process";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const option = process.argv.find((argument) => argument.startsWith("--outdir="));
const dist = option === undefined ? join(root, "dist") : option.slice("--outdir=".length);
const cliOnly = process.argv.includes("--cli-only");

/**
 * The parser generator is needed only to explain a formula that has a mistake, but evaluating its modules takes longer than all the rest of a
 * `validate`. Inside a bundle a `require` is synchronous and costs nothing until it is reached; so the one import that leads to it gets a
 * stand-in that requires the real module at its first call.
 */
const explainLazily = {
  name: "explain-lazily",
  setup(builder) {
    const module = join(root, "src", "language", "syntax", "mistakes.ts");
    builder.onResolve({ filter: /\/mistakes\.ts$/ }, (args) => {
      return args.kind === "import-statement" && join(args.resolveDir, args.path) === module
        ? { path: module, namespace: "lazy" }
        : undefined;
    });
    builder.onLoad({ filter: /.*/, namespace: "lazy" }, () => {
      const names = [...readFileSync(module, "utf8").matchAll(/^export function (\w+)/gm)].map((match) => match[1]);
      const contents = names.map(
        (name) => `export const ${name} = (...args) => require(${JSON.stringify(module)}).${name}(...args);`,
      );
      return { contents: contents.join("\n"), resolveDir: dirname(module), loader: "js" };
    });
  },
};

/** The command: one small entry, chunks that load when a command asks for them, what the threads of a search run, and the agent of the nodes. */
async function buildCommand() {
  const outdir = join(dist, `cli.${process.pid}`);
  await build({
    absWorkingDir: root,
    entryPoints: {
      weir: "runtime/cli/main.ts",
      tuneWorker: "runtime/cli/tuneWorker.ts",
      // A program of its own, which outlives the command that starts it.
      agent: "runtime/agent/main.ts",
      // What `cmd /c` is on nodes that are Windows by name.
      cmd: "runtime/agent/windows/main.ts",
    },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    keepNames: false,
    legalComments: "none",
    chunkNames: "part-[hash]",
    // A native library, loaded by a service that keeps its data.
    external: ["libsql"],
    define: { WEIR_VERSION: JSON.stringify(manifest.version) },
    // Packages written for CommonJS ask for node's own modules by `require`.
    banner: { js: 'import { createRequire as weirRequire } from "node:module";const require = weirRequire(import.meta.url);' },
    plugins: [explainLazily],
    logLevel: "warning",
  });
  chmodSync(join(outdir, "weir.js"), 0o755);
  await buildReportPage(join(outdir, "assets"));
  // Built beside and then renamed: whoever runs the old command meanwhile does not find half of it.
  rmSync(join(dist, "cli"), { recursive: true, force: true });
  renameSync(outdir, join(dist, "cli"));
}

/** The script and style of the reports' charts, which the command puts into the pages that it writes. */
async function buildReportPage(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: { report: "runtime/cli/report/page.js" },
    outdir,
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2020",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** The library's JavaScript, a file for a file, with `.js` in its imports. */
async function buildLibrary() {
  const outdir = join(dist, "lib");
  const entryPoints = ["grammar", "src"].flatMap((folder) => sourcesIn(join(root, folder)));
  await build({
    absWorkingDir: root,
    entryPoints,
    outbase: root,
    outdir,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
    bundle: true,
    packages: "external",
    plugins: [
      {
        name: "keep-files-apart",
        setup(builder) {
          builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, (args) => ({
            path: args.path.replace(/\.ts$/, ".js"),
            external: true,
          }));
        },
      },
    ],
  });
}

function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => join(folder, file));
}

function buildDeclarations() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const project = fileURLToPath(new URL("tsconfig.build.json", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, "-p", project, "--outDir", join(dist, "lib")], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`tsc ended with code ${code}`))));
  });
}

/** npm links a package's own command only where it is installed as a dependency; a clone wants it too. */
function linkCommand() {
  const folder = join(root, "node_modules", ".bin");
  if (process.platform === "win32" || !existsSync(join(root, "node_modules"))) return;
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, "weir"), { force: true });
  symlinkSync(relative(folder, join(dist, "cli", "weir.js")), join(folder, "weir"));
}

if (!cliOnly) rmSync(join(dist, "lib"), { recursive: true, force: true });
try {
  await Promise.all([buildCommand(), ...(cliOnly ? [] : [buildLibrary(), buildDeclarations()])]);
  if (option === undefined) linkCommand();
} catch (error) {
  // esbuild and tsc have said what is wrong; a stack trace of this script adds nothing.
  process.stderr.write(`build failed: ${error.message.split("\n")[0]}\n`);
  process.exit(1);
}
